/** The rooms' timelines that this tab holds: of the rooms visited last, a few. */
import { Timeline } from "./timeline.js";

const ROOMS_KEPT = 8;

export class Timelines {
  /** @type {Map<string, Timeline>} the latest last */
  #known = new Map();
  #begin;

  /** @param {(room: string) => import("./timeline.js").Known|null} begin what is known of a room that is not held here */
  constructor(begin) {
    this.#begin = begin;
  }

  /**
   * @param {string} room
   * @param {string|null} open the room on the screen, which is never let go
   * @returns {Timeline} what is known of it; empty at first
   */
  of(room, open) {
    const timeline = this.#known.get(room) ?? this.#begun(room);
    this.#known.delete(room);
    this.#known.set(room, timeline);
    for (const old of this.#known.keys()) {
      if (this.#known.size <= ROOMS_KEPT) break;
      if (old !== open) this.#known.delete(old);
    }
    return timeline;
  }

  /** @param {string} room */
  #begun(room) {
    const timeline = new Timeline();
    const page = this.#begin(room);
    if (page) timeline.load(page);
    return timeline;
  }
}

/**
 * Keeps the list of rooms right: takes what is told about rooms, about what others say there and
 * about how far one has read, and asks the server anew where that is not enough.
 */
import { Reads } from "./reads.js";

/**
 * @typedef {import("./protocol.js").Room} Room
 * @typedef {import("./protocol.js").ServerEvent} ServerEvent
 * @typedef {import("./rooms.js").Rooms} Rooms
 * @typedef {import("./socket.js").Clock} Clock
 */

const REFRESH_MS = 2_500;
const READ_MS = 400;

export class RoomNews {
  #rooms;
  #reads;
  #list;
  #clock;
  #changed;
  #tell;
  /** @type {unknown} */
  #timer = null;
  /** The rooms whose cursor was told just now. @type {Map<string, number>} */
  #told = new Map();

  /**
   * @param {{rooms: Rooms, reads: Reads, list: () => Promise<Room[]>, clock: Clock,
   *   tell: (room: string, seq: number) => void, changed: () => void}} parts
   *   list: asks the server for all rooms one sees; tell: tells it how far one has read
   */
  constructor({ rooms, reads, list, clock, tell, changed }) {
    this.#tell = tell;
    this.#rooms = rooms;
    this.#reads = reads;
    this.#list = list;
    this.#clock = clock;
    this.#changed = changed;
    for (const { id } of rooms.mine) rooms.update({ id, read: reads.get(id) });
  }

  /** Reads the list of rooms anew. */
  async refresh() {
    try {
      this.#rooms.replace(await this.#list());
      this.#changed();
    } catch {
      // The list as it stands is better than none; the next event asks again.
    }
  }

  /** How one keeps a room in one's own list: at once here, and taken back when the server refuses. @param {string} room @param {{pinned?: boolean, muted?: boolean}} kept @param {(room: string, kept: object) => Promise<Room>} ask */
  async keep(room, kept, ask) {
    const before = this.#rooms.get(room);
    this.#rooms.update({ id: room, ...kept });
    this.#changed();
    try {
      await ask(room, kept);
    } catch (error) {
      this.#rooms.update({ id: room, pinned: before?.pinned, muted: before?.muted });
      this.#changed();
      throw error;
    }
  }

  /** Asks for the list once for many reasons in a row. */
  refreshSoon() {
    if (this.#timer !== null) return;
    this.#timer = this.#clock.after(() => {
      this.#timer = null;
      void this.refresh();
    }, REFRESH_MS);
  }

  /** @param {ServerEvent} event of type `rooms` @param {string|null} open the room on the screen */
  told(event, open) {
    let unknown = false;
    for (const news of event.rooms ?? []) {
      if (news.joined === false) this.#rooms.left(news.id);
      if (news.joined === false) continue;
      const before = this.#rooms.get(news.id);
      const stale = news.id !== open && before && news.head > before.head && !news.last;
      if (!this.#rooms.update(news) || stale) unknown = true;
    }
    if (unknown) this.refreshSoon();
    this.#changed();
  }

  /** @param {ServerEvent} event of type `room`: its own state changed */
  changed(event) {
    const { type: _type, room: id, change: _change, ...news } = event;
    // The board by its own name: the list has that in the reader's language.
    if (news.title === "") {
      delete news.title;
      this.refreshSoon();
    }
    this.#rooms.update({ ...news, id });
    this.#changed();
  }

  /** Something was said or changed in a room that is followed. @param {string} room @param {import("./timeline.js").Timeline} timeline @param {string|undefined} me */
  follow(room, timeline, me) {
    this.#rooms.follow(room, timeline, me);
    this.#changed();
  }

  /** Read here up to this seq. @param {string} room @param {number} seq */
  read(room, seq) {
    if (!this.#rooms.markRead(room, seq)) return;
    this.#reads.set(room, seq);
    this.#changed();
    if (!this.#told.has(room)) this.#tellRead(room, seq);
  }

  /** At once, and in a storm of messages a few times a second. @param {string} room @param {number} seq */
  #tellRead(room, seq) {
    this.#told.set(room, seq);
    this.#tell(room, seq);
    this.#clock.after(() => {
      const read = this.#rooms.get(room)?.read ?? 0;
      const told = this.#told.get(room) ?? read;
      this.#told.delete(room);
      if (read > told) this.#tellRead(room, read);
    }, READ_MS);
  }

  /** What was read and not told yet is told: who no longer follows a room is not heard about it. @param {string} room */
  tellNow(room) {
    const read = this.#rooms.get(room)?.read ?? 0;
    if (read <= (this.#told.get(room) ?? read)) return;
    this.#told.set(room, read);
    this.#tell(room, read);
  }

  /** Read up to this seq in another window or on another device. @param {ServerEvent} event of type `read` */
  readElsewhere({ room, seq }) {
    if (!this.#rooms.readElsewhere(room, seq)) this.refreshSoon();
    this.#changed();
  }
}

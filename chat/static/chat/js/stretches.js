/**
 * The messages of one room that this page knows: the current state of each by seq, the higher
 * change winning. A live stretch goes on with the room; another may stand apart from it, where
 * somebody reads far up. What is known outside both waits for the history around it.
 */
import { Stretch } from "./stretch.js";

/**
 * @typedef {import("./protocol.js").MessageState} MessageState
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {import("./timeline.js").Page} Page
 */

const KEEP_AT_MOST = 6_000;
const KEEP_AT_LEAST = 1_000;

export class Stretches {
  /** Grows with each visible change, for those who redraw. */
  version = 0;
  /** @type {Map<number, MessageState>} */
  #states = new Map();
  #end = new Stretch(Infinity, Infinity);
  /** @type {Stretch|null} */
  #apart = null;

  /** @returns {readonly Said[]} the newest, without a hole, by seq */
  get rows() {
    return this.#end.rows;
  }

  /** Whether older messages than the live ones may exist on the server. */
  get more() {
    return this.#end.older;
  }

  set more(more) {
    this.#end.older = more;
  }

  /** The lowest seq from which on nothing is missing; null while nothing is known. */
  get low() {
    return this.#end.from === Infinity ? null : this.#end.from;
  }

  /** @returns {Stretch} what is read now: the one apart, else the live one */
  get view() {
    return this.#apart ?? this.#end;
  }

  /** Whether one reads apart from the newest. */
  get detached() {
    return this.#apart !== null;
  }

  /** @param {number} seq @returns {MessageState|undefined} its state, if it is known here */
  at(seq) {
    return this.#states.get(seq);
  }

  /** Whether the newest reach down to this seq without a hole. @param {number} seq */
  reaches(seq) {
    return this.#end.covers(seq);
  }

  /** Takes a state unless a later one is known. @param {MessageState} state */
  merge(state) {
    const known = this.#states.get(state.seq);
    if (known && known.change >= state.change) return;
    this.#states.set(state.seq, state);
    this.version += 1;
    if (this.#end.covers(state.seq)) this.#end.put(state);
    if (this.#apart?.covers(state.seq)) this.#apart.put(state);
  }

  /** Takes what a page of history holds. @param {Page} page */
  mergeAll({ messages }) {
    for (const state of messages) this.merge(state);
  }

  /** The newest begin at this seq or below. @param {number} seq */
  reachDown(seq) {
    this.#end.from = Math.min(this.#end.from, seq);
  }

  /** The first page is complete. @param {number} head the room's @param {boolean} more whether older ones may exist */
  begun(head, more) {
    this.more = more;
    this.reachDown(head + 1);
    this.#join();
  }

  /** An older page of what is read, as history gives it. @param {Page} page */
  addOlder(page) {
    const view = this.view;
    this.mergeAll(page);
    view.reach(lowest(page.messages, view.from), view.to, this.#states.values());
    view.older = page.more;
    this.#join();
    this.version += 1;
  }

  /**
   * What follows on the stretch apart: a page around its end.
   * @param {Page} page
   * @param {number} limit how many were asked for
   * @returns {boolean} whether it reaches further now
   */
  addNewer(page, limit) {
    const apart = this.#apart;
    if (!apart) return false;
    const before = apart.to;
    this.mergeAll(page);
    apart.reach(apart.from, newEnd(page, before, limit), this.#states.values());
    this.#join();
    this.version += 1;
    return this.#apart !== apart || apart.to > before;
  }

  /**
   * Reads on around a message that is not among the newest.
   * @param {number} seq
   * @param {Page} page around it
   * @param {number} limit how many were asked for
   */
  openAround(seq, page, limit) {
    this.mergeAll(page);
    const apart = new Stretch(seq, seq);
    apart.older = page.more;
    apart.reach(lowest(page.messages, seq), newEnd(page, seq, limit), this.#states.values());
    this.#apart = apart;
    this.#join();
    this.version += 1;
  }

  /** Back to the newest. */
  attach() {
    if (!this.#apart) return;
    this.#apart = null;
    this.#drop();
  }

  /**
   * Lets go of rows far from where one reads when very many are held; history has them.
   * @param {number} from the first seq shown
   * @param {number} to the last one
   */
  slim(from, to) {
    if (this.#states.size <= KEEP_AT_MOST) return;
    const rows = this.rows;
    const keep = rows[Math.max(0, rows.length - KEEP_AT_LEAST)]?.seq ?? this.#end.from;
    if (this.#apart || from < keep) {
      this.#apart = new Stretch(from, to);
      this.#apart.reach(from, to, this.#states.values());
    }
    if (this.#end.from < keep) {
      this.#end.reach(keep, Infinity, this.#states.values());
      this.more = true;
    }
    this.#join();
    this.#drop();
  }

  /** @param {number} floor everything at or below it is gone */
  raiseFloor(floor) {
    for (const seq of this.#states.keys()) if (seq <= floor) this.#states.delete(seq);
    for (const stretch of [this.#end, this.#apart]) {
      if (!stretch) continue;
      stretch.dropUpTo(floor);
      if (stretch.from <= floor + 1) stretch.older = false;
    }
    this.version += 1;
  }

  /** Nothing is known any more. */
  forget() {
    this.#states.clear();
    this.#end = new Stretch(Infinity, Infinity);
    this.#apart = null;
    this.version += 1;
  }

  /** The stretch apart and the live one become one where they meet. */
  #join() {
    const apart = this.#apart;
    const end = this.#end;
    if (!apart || end.from === Infinity || apart.to < end.from - 1) return;
    if (apart.from < end.from) {
      end.older = apart.older;
      end.reach(apart.from, Infinity, this.#states.values());
    }
    this.#apart = null;
  }

  /** Lets go of what belongs to no stretch. */
  #drop() {
    for (const seq of this.#states.keys()) {
      if (!this.#end.covers(seq) && !this.#apart?.covers(seq)) this.#states.delete(seq);
    }
    this.version += 1;
  }
}

/** @param {readonly MessageState[]} messages @param {number} seq */
function lowest(messages, seq) {
  return messages.reduce((low, state) => Math.min(low, state.seq), seq);
}

/**
 * How far a page around `seq` reaches: to its last message, or to the room's head when nothing is
 * beyond that (an older server leaves that to be told from how many came).
 * @param {Page} page
 * @param {number} seq
 * @param {number} limit
 */
function newEnd({ messages, head, newer }, seq, limit) {
  const above = messages.filter((state) => state.seq > seq);
  const last = above.reduce((high, state) => Math.max(high, state.seq), seq);
  return newer ?? above.length >= limit - Math.floor(limit / 2) ? last : Math.max(last, head ?? 0);
}

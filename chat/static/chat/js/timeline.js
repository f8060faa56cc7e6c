/**
 * What one room holds, as far as this page knows it: the current state of each message, by seq.
 * Merges states in any order (the higher change wins), watches that live numbers are consecutive,
 * and forgets on reset. Knows nothing of rows on a screen.
 */

import { quoted } from "./text.js";

/**
 * @typedef {import("./protocol.js").MessageState} MessageState
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {import("./protocol.js").Quote} Quote
 * @typedef {import("./protocol.js").ServerEvent} ServerEvent
 * @typedef {{messages: MessageState[], more: boolean, head?: number}} Page
 * @typedef {"merged"|"repeat"|"jump"} Outcome  jump: a number is missing, subscribe again
 */

const PAGE = 50;
const KEEP_AT_MOST = 6_000;
const KEEP_AT_LEAST = 1_000;

export class Timeline {
  /** Whether older messages may exist on the server. */
  more = true;
  /** The last own reactions by seq. @type {Map<number, string[]>} */
  mine = new Map();
  /** Grows with each visible change, for those who redraw. */
  version = 0;
  epoch = "";
  #cursor = -1;
  #live = false;
  /** From this seq on the rows are whole; what is known below it waits aside. */
  #low = Infinity;
  /** @type {Map<number, MessageState>} */
  #states = new Map();
  /** @type {Map<number, MessageState>} */
  #aside = new Map();
  /** @type {Said[]|null} */
  #sorted = [];

  /** @returns {{after: number, epoch: string}|null} where a subscription goes on, null: from the last page */
  get cursor() {
    return this.#cursor < 0 ? null : { after: this.#cursor, epoch: this.epoch };
  }

  /** Everything up to this number is here. */
  get head() {
    return Math.max(0, this.#cursor);
  }

  /** The lowest seq from which on nothing is missing; null while nothing is known. */
  get low() {
    return this.#low === Infinity ? null : this.#low;
  }

  /** Whether a first page is here. */
  get loaded() {
    return this.#cursor >= 0;
  }

  /** Whether it follows the room as it goes on. */
  get live() {
    return this.#live;
  }

  /** @returns {readonly Said[]} what can be read, by seq */
  get rows() {
    this.#sorted ??= sortedSaid(this.#states);
    return this.#sorted;
  }

  /**
   * The page that came with the document.
   * @param {{messages: MessageState[], head: number, epoch: string, more?: boolean,
   *   mine?: Record<string, string[]>}} page
   */
  load({ messages, head, epoch, more, mine }) {
    this.reset();
    this.epoch = epoch;
    for (const state of messages) this.#merge(state);
    this.#settle(head);
    this.more = more ?? messages.length >= PAGE;
    this.#setMine(mine);
  }

  /** A subscription begins: until it is answered, numbers may jump. @param {string} epoch */
  begin(epoch) {
    this.#live = false;
    if (this.#cursor < 0) this.epoch = epoch;
  }

  /** The subscription is over or broken; what is here stays. */
  end() {
    this.#live = false;
  }

  /** @param {ServerEvent} event one of this room @returns {Outcome} */
  receive(event) {
    if (event.type === "reset") {
      this.reset();
      this.epoch = event.epoch ?? this.epoch;
      return "merged";
    }
    if (event.type === "subscribed") {
      this.#settle(event.head);
      this.#setMine(event.mine);
      this.#live = true;
      return "merged";
    }
    if (event.type === "skip") return this.#advance(event.to, true);
    const outcome = this.#advance(event.change, false);
    if (outcome === "jump") return outcome;
    if (event.type === "message") this.#merge(/** @type {any} */ (event));
    if (event.type === "room" && event.floor > 0) this.#raiseFloor(event.floor);
    return outcome;
  }

  /** An older page, as history gives it. @param {Page} page */
  addOlder({ messages, more }) {
    const lowest = messages.reduce((low, state) => Math.min(low, state.seq), this.#low);
    this.#low = lowest;
    for (const state of messages) this.#merge(state);
    for (const [seq, state] of this.#aside) {
      if (seq < lowest) continue;
      this.#aside.delete(seq);
      this.#merge(state);
    }
    this.more = more;
    this.#touch();
  }

  /** Forgets all rows and where it was. */
  reset() {
    this.#states.clear();
    this.#aside.clear();
    this.mine = new Map();
    this.#cursor = -1;
    this.#low = Infinity;
    this.#live = false;
    this.more = true;
    this.#touch();
  }

  /** Lets go of the oldest rows when very many are held; they can be read from history again. */
  slim() {
    const rows = this.rows;
    if (rows.length <= KEEP_AT_MOST) return;
    const first = rows[rows.length - KEEP_AT_LEAST];
    if (!first) return;
    for (const seq of this.#states.keys()) if (seq < first.seq) this.#states.delete(seq);
    this.#low = first.seq;
    this.more = true;
    this.#touch();
  }

  /**
   * What a reply shows of its source, by the newest state known here.
   * @param {Said} said
   * @returns {Quote|null}
   */
  quote(said) {
    const given = said.reply_to;
    if (!given) return null;
    const source = this.#states.get(given.seq) ?? this.#aside.get(given.seq);
    if (!source) return given;
    if (source.deleted) return { seq: given.seq, author: given.author, text: null };
    return { seq: given.seq, author: source.author, text: quoted(source.text) };
  }

  /** @param {number} seq @returns {MessageState|undefined} */
  at(seq) {
    return this.#states.get(seq);
  }

  /**
   * @param {number} to the number that the event carries
   * @param {boolean} many whether it stands for all numbers up to it
   * @returns {Outcome}
   */
  #advance(to, many) {
    if (!this.#live) return "merged";
    if (to <= this.#cursor) return "repeat";
    if (!many && to !== this.#cursor + 1) return "jump";
    this.#cursor = to;
    return "merged";
  }

  /** The backlog is complete. @param {number} head */
  #settle(head) {
    const first = this.#cursor < 0;
    this.#cursor = Math.max(this.#cursor, head);
    if (!first) return;
    this.more = this.#states.size >= PAGE;
    if (this.#low === Infinity) this.#low = head + 1;
  }

  /** @param {MessageState} state */
  #merge(state) {
    const first = this.#cursor < 0;
    if (first) this.#low = Math.min(this.#low, state.seq);
    const place = state.seq >= this.#low ? this.#states : this.#aside;
    const known = place.get(state.seq);
    if (known && known.change >= state.change) return;
    place.set(state.seq, state);
    this.version += 1;
    if (place === this.#aside) return;
    const last = this.#sorted?.at(-1);
    if (!known && !state.deleted && this.#sorted && (!last || last.seq < state.seq)) {
      this.#sorted.push(state);
    } else this.#sorted = null;
  }

  /** @param {number} floor everything at or below it is gone */
  #raiseFloor(floor) {
    for (const seq of this.#states.keys()) if (seq <= floor) this.#states.delete(seq);
    if (this.#low <= floor + 1) this.more = false;
    this.#touch();
  }

  /** @param {Record<string, string[]>|undefined} mine */
  #setMine(mine) {
    for (const [seq, emoji] of Object.entries(mine ?? {})) this.mine.set(Number(seq), emoji);
    this.version += 1;
  }

  #touch() {
    this.#sorted = null;
    this.version += 1;
  }
}

/** @param {Map<number, MessageState>} states @returns {Said[]} */
function sortedSaid(states) {
  /** @type {Said[]} */
  const said = [];
  for (const state of states.values()) if (!state.deleted) said.push(state);
  return said.sort((a, b) => a.seq - b.seq);
}

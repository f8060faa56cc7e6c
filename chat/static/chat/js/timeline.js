/**
 * What one room holds, as far as this page knows it: the current state of each message, by seq.
 * Watches that live numbers are consecutive, and forgets on reset; the rows themselves are kept by
 * its stretches. Knows nothing of rows on a screen.
 */
import { Stretches } from "./stretches.js";
import { quoted } from "./text.js";

/**
 * @typedef {import("./protocol.js").MessageState} MessageState
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {import("./protocol.js").Quote} Quote
 * @typedef {import("./protocol.js").ServerEvent} ServerEvent
 * @typedef {{messages: MessageState[], more: boolean, newer?: boolean, head?: number,
 *   mine?: Record<string, string[]>}} Page  newer: there are others after what is around a message
 * @typedef {{messages: MessageState[], head: number, epoch: string, more?: boolean,
 *   mine?: Record<string, string[]>}} Known  what a page holds of a room
 * @typedef {"merged"|"repeat"|"jump"} Outcome  jump: a number is missing, subscribe again
 */

const PAGE = 50;

export class Timeline extends Stretches {
  /** Own reactions by seq, for where a message does not name all who reacted. @type {Map<number, string[]>} */
  mine = new Map();
  /** The change by which each of them holds. @type {Map<number, number>} */
  #mineAt = new Map();
  /** What came of a backlog that is not complete yet, where anyone reacted. @type {Said[]} */
  #reacted = [];
  /** How often everything was forgotten. */
  resets = 0;
  epoch = "";
  #cursor = -1;
  #live = false;

  /** @returns {{after: number, epoch: string}|null} where a subscription goes on, null: from the last page */
  get cursor() {
    return this.#cursor < 0 ? null : { after: this.#cursor, epoch: this.epoch };
  }

  /** Everything up to this number is here. */
  get head() {
    return Math.max(0, this.#cursor);
  }

  /** Whether a first page is here. */
  get loaded() {
    return this.#cursor >= 0;
  }

  /** Whether it follows the room as it goes on. */
  get live() {
    return this.#live;
  }

  /** The page that came with the document. @param {Known} page */
  load({ messages, head, epoch, more, mine }) {
    this.#restart();
    this.epoch = epoch;
    for (const state of messages) this.#take(state);
    this.#settle(head);
    this.more = more ?? messages.length >= PAGE;
    this.#own(messages, mine);
  }

  /** A page of history. @override @param {Page} page */
  mergeAll(page) {
    super.mergeAll(page);
    this.#own(page.messages, page.mine);
  }

  /** A subscription begins: until it is answered, numbers may jump. @param {string} epoch */
  begin(epoch) {
    this.#live = false;
    this.#reacted = [];
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
      if (event.more) this.more = true;
      this.#own(this.#reacted, event.mine);
      this.#reacted = [];
      this.#live = true;
      return "merged";
    }
    if (event.type === "reacted") this.#know(event.seq, event.change, event.mine);
    if (event.type === "skip") return this.#advance(event.to, true);
    // What is not numbered, or a word of a later server, does not move where we are.
    if (event.type !== "message" && event.type !== "room") return "repeat";
    const outcome = this.#advance(event.change, false);
    if (outcome === "jump") return outcome;
    if (event.type === "message") this.#take(/** @type {any} */ (event));
    if (event.type === "room" && event.floor > 0) this.raiseFloor(event.floor);
    return outcome;
  }

  /** Forgets all rows and where it was. */
  reset() {
    this.#restart();
    this.resets += 1;
  }

  /**
   * What a reply shows of its source, by the newest state known here.
   * @param {Said} said
   * @returns {Quote|null}
   */
  quote(said) {
    const given = said.reply_to;
    if (!given) return null;
    const source = this.at(given.seq);
    if (!source) return given;
    if (source.deleted) return { seq: given.seq, author: given.author, text: null };
    return { seq: given.seq, author: source.author, text: quoted(source) };
  }

  /** One's own reaction was stored. @param {import("./changes.js").Change} change */
  acted(change) {
    if (change.kind !== "react") return;
    const others = (this.mine.get(change.seq) ?? []).filter((emoji) => emoji !== change.emoji);
    this.#know(change.seq, change.change, change.on ? [...others, change.emoji] : others);
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
    if (first) this.begun(head, this.rows.length >= PAGE);
  }

  /** @param {MessageState} state from the live side, whose first page sets where the newest begin */
  #take(state) {
    if (this.#cursor < 0) this.reachDown(state.seq);
    this.merge(state);
    if (!this.#live && !state.deleted && state.reactions) this.#reacted.push(state);
    // Where everybody is named, nothing needs to be known beside that, and it would grow old.
    const known = this.mine.get(state.seq);
    if (known && state.change >= (this.#mineAt.get(state.seq) ?? 0)) {
      this.mine.set(state.seq, known.filter((emoji) => isCrowded(state, emoji)));
    }
  }

  #restart() {
    this.forget();
    this.mine.clear();
    this.#mineAt.clear();
    this.#cursor = -1;
    this.#live = false;
  }

  /**
   * What the server says of mine with some messages: of all of them, if only that there is none.
   * @param {readonly MessageState[]} states
   * @param {Record<string, string[]>} [mine]
   */
  #own(states, mine = {}) {
    for (const { seq, change, reactions } of /** @type {Said[]} */ (states)) {
      if (reactions) this.#know(seq, change, mine[seq] ?? []);
    }
  }

  /** My reactions to a message by this change, unless later ones are known. @param {number} seq @param {number} change @param {string[]} emoji */
  #know(seq, change, emoji) {
    if (change < (this.#mineAt.get(seq) ?? 0)) return;
    this.#mineAt.set(seq, change);
    this.mine.set(seq, emoji);
    this.version += 1;
  }
}

/** Whether more people chose this emoji than the message names. @param {MessageState} state @param {string} emoji */
function isCrowded(state, emoji) {
  const found = !state.deleted && state.reactions?.find((one) => one.emoji === emoji);
  return Boolean(found && found.people.length < found.count);
}

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
 * @typedef {{messages: MessageState[], more: boolean, head?: number}} Page
 * @typedef {"merged"|"repeat"|"jump"} Outcome  jump: a number is missing, subscribe again
 */

const PAGE = 50;

export class Timeline extends Stretches {
  /** The last own reactions by seq. @type {Map<number, string[]>} */
  mine = new Map();
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

  /**
   * The page that came with the document.
   * @param {{messages: MessageState[], head: number, epoch: string, more?: boolean,
   *   mine?: Record<string, string[]>}} page
   */
  load({ messages, head, epoch, more, mine }) {
    this.#restart();
    this.epoch = epoch;
    for (const state of messages) this.#take(state);
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
    this.mine.set(change.seq, change.on ? [...others, change.emoji] : others);
    this.version += 1;
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
  }

  #restart() {
    this.forget();
    this.mine = new Map();
    this.#cursor = -1;
    this.#live = false;
  }

  /** @param {Record<string, string[]>|undefined} mine */
  #setMine(mine) {
    for (const [seq, emoji] of Object.entries(mine ?? {})) this.mine.set(Number(seq), emoji);
    this.version += 1;
  }
}

/**
 * What one does to messages that stand already, and who is writing: between the conversation's
 * socket and the changes under way. Sends, waits where the server asks to, and tells what was refused.
 */
import { Changes } from "./changes.js";
import { typing } from "./protocol.js";
import { Typists, TypingSignal } from "./typing.js";

/**
 * @typedef {import("./changes.js").Change} Change
 * @typedef {import("./protocol.js").Command} Command
 * @typedef {import("./protocol.js").ServerEvent} ServerEvent
 * @typedef {{clock: import("./socket.js").Clock, store: import("./shelf.js").Store,
 *   person: string, ready: () => boolean, send: (command: Command) => void,
 *   changed: () => void, typing: () => void, stored: (change: Change) => void,
 *   refused: (change: Change, detail: string) => void}} Outside
 */

export class Acts {
  changes;
  typists;
  #outside;
  #signal;
  /** @type {unknown} */
  #resume = null;

  /** @param {Outside} outside */
  constructor(outside) {
    this.#outside = outside;
    const { clock, store, person } = outside;
    this.changes = new Changes({ now: clock.now, store, person });
    this.typists = new Typists(outside.clock, outside.typing);
    this.#signal = new TypingSignal(
      (room, on) => outside.ready() && outside.send(typing(room, on)),
      outside.clock.now,
    );
  }

  /** @param {string} room @param {number} seq @param {string} text */
  edit(room, seq, text) {
    this.changes.edit(room, seq, text);
    this.#go();
  }

  /** @param {string} room @param {number} seq */
  remove(room, seq) {
    this.changes.remove(room, seq);
    this.#go();
  }

  /** @param {string} room @param {number} seq @param {string} emoji @param {boolean} on */
  react(room, seq, emoji, on) {
    this.changes.react(room, seq, emoji, on);
    this.#go();
  }

  /** @param {string} nonce */
  retry(nonce) {
    this.changes.retry(nonce);
    this.#go();
  }

  /** @param {string} nonce @returns {Change|null} */
  discard(nonce) {
    const change = this.changes.discard(nonce);
    this.#outside.changed();
    return change;
  }

  /** Somebody writes here, or has stopped to. @param {string|null} room null: nowhere */
  typing(room) {
    if (room === null) this.#signal.stop();
    else this.#signal.typed(room);
  }

  /** The line is up: what waits goes out. */
  flush() {
    if (!this.#outside.ready()) return;
    for (const command of this.changes.take()) this.#outside.send(command);
  }

  /** The line is down. */
  interrupted() {
    this.changes.interrupted();
    this.typists.clear();
  }

  /** Looks for answers that are long overdue. */
  lapse() {
    if (this.changes.interrupted(true)) this.flush();
  }

  /** @param {ServerEvent} event an ack or an error @returns {boolean} whether it was about a change from here */
  answered(event) {
    if (typeof event.nonce !== "string" || !this.changes.get(event.nonce)) return false;
    if (event.type === "ack") {
      const change = this.changes.acked(event.nonce, event.change);
      if (change) this.#outside.stored(change);
    } else {
      const refused = this.changes.refused(event.nonce, /** @type {any} */ (event));
      if (refused) this.#outside.refused(refused, event.detail ?? "");
      else this.#wait();
    }
    this.flush();
    this.#outside.changed();
    return true;
  }

  /** A message's state came in a room. @param {string} room @param {import("./protocol.js").MessageState} state */
  arrived(room, state) {
    this.changes.arrived(room, state);
    if (!state.deleted && this.typists.heard(state.author, false)) this.#outside.typing();
  }

  /** @param {ServerEvent} event of the open room @param {string} me */
  typed({ author, on }, me) {
    if (!author || author.id === me) return;
    if (this.typists.heard(author, on === true)) this.#outside.typing();
  }

  #go() {
    this.flush();
    this.#outside.changed();
  }

  #wait() {
    const { clock } = this.#outside;
    clock.cancel(this.#resume);
    this.#resume = clock.after(() => this.flush(), this.changes.pausedFor + 20);
  }
}

/**
 * What one has written, on its way out: hands the outbox's commands to the socket in turn and
 * takes the answers. A room that was told to wait goes on by itself.
 */

/**
 * @typedef {import("./outbox.js").Outbox} Outbox
 * @typedef {import("./protocol.js").ServerEvent} ServerEvent
 * @typedef {import("./socket.js").Clock} Clock
 * @typedef {Pick<import("./socket.js").LiveSocket, "ready"|"send">} Line
 */

const AFTER_PAUSE_MS = 20;

export class Sending {
  #outbox;
  #line;
  #clock;
  #changed;
  /** @type {Map<string, unknown>} room → the timer after which it goes on */
  #resume = new Map();

  /**
   * @param {{outbox: Outbox, line: Line, clock: Clock, changed: () => void}} parts
   *   changed: called whenever rows that wait look otherwise than before
   */
  constructor({ outbox, line, clock, changed }) {
    this.#outbox = outbox;
    this.#line = line;
    this.#clock = clock;
    this.#changed = changed;
  }

  /** @param {string} room @param {string} text @param {number|null} replyTo */
  add(room, text, replyTo) {
    this.#outbox.add(room, text, replyTo);
    this.flush(room);
    this.#changed();
  }

  /** Sends a refused one again. @param {string} nonce */
  retry(nonce) {
    this.#outbox.retry(nonce);
    this.flushAll();
    this.#changed();
  }

  /** @param {string} nonce @returns {string} the text it had */
  discard(nonce) {
    const entry = this.#outbox.discard(nonce);
    this.#changed();
    return entry?.text ?? "";
  }

  /** The line is up: everything that waits may go. */
  flushAll() {
    for (const room of this.#outbox.rooms) this.flush(room);
  }

  /** @param {string} room */
  flush(room) {
    if (!this.#line.ready) return;
    const command = this.#outbox.take(room);
    if (command) this.#line.send(command);
  }

  /** A sign of life of the server: what had no answer for long goes again. */
  alive() {
    if (this.#outbox.lapse()) this.flushAll();
  }

  /** The message of one's own with this nonce is here. @param {string} room @param {string} nonce */
  arrived(room, nonce) {
    if (!this.#outbox.arrived(nonce)) return;
    this.flush(room);
    this.#changed();
  }

  /** @param {ServerEvent} ack */
  acked({ nonce, seq }) {
    const room = this.#outbox.get(nonce)?.room;
    this.#outbox.acked(nonce, seq);
    if (room) this.flush(room);
    this.#changed();
  }

  /** @param {ServerEvent} error @returns {boolean} whether it was about something sent from here */
  refused(error) {
    const entry = typeof error.nonce === "string" ? this.#outbox.get(error.nonce) : undefined;
    if (!entry) return false;
    const { nonce, room } = entry;
    this.#outbox.refused(nonce, /** @type {any} */ (error));
    const wait = this.#outbox.pausedFor(room);
    if (wait > 0) this.#later(room, wait + AFTER_PAUSE_MS);
    else this.flush(room);
    this.#changed();
    return true;
  }

  /** @param {string} room @param {number} ms */
  #later(room, ms) {
    this.#clock.cancel(this.#resume.get(room));
    const run = () => {
      this.flush(room);
      this.#changed();
    };
    this.#resume.set(room, this.#clock.after(run, ms));
  }
}

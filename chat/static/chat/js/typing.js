/**
 * Who is writing in a room right now, and telling the others that one does oneself.
 * Nobody is believed for longer than a few seconds, since the word that it ended may be lost.
 */

/** @typedef {import("./protocol.js").Author} Author */
/** @typedef {import("./socket.js").Clock} Clock */

export const BELIEVED_MS = 5_000;
const AGAIN_MS = 3_000;

export class Typists {
  /** @type {Map<string, {author: Author, until: number}>} */
  #people = new Map();
  #clock;
  #changed;
  /** @type {unknown} */
  #timer = null;

  /** @param {Clock} clock @param {() => void} changed called when somebody stops by themself */
  constructor(clock, changed) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** @returns {Author[]} the one who began first comes first */
  get people() {
    const now = this.#clock.now();
    return [...this.#people.values()].filter(({ until }) => until > now).map(({ author }) => author);
  }

  /** @param {Author} author @param {boolean} on @returns {boolean} whether that is news */
  heard(author, on) {
    const known = this.#people.has(author.id);
    if (on) {
      this.#people.set(author.id, { author, until: this.#clock.now() + BELIEVED_MS });
      this.#timer ??= this.#clock.after(() => this.#lapse(), BELIEVED_MS);
    } else this.#people.delete(author.id);
    return known !== on;
  }

  clear() {
    this.#people.clear();
  }

  #lapse() {
    this.#timer = null;
    const now = this.#clock.now();
    let next = Infinity;
    for (const [id, { until }] of this.#people) {
      if (until <= now) this.#people.delete(id);
      else next = Math.min(next, until);
    }
    if (next < Infinity) this.#timer = this.#clock.after(() => this.#lapse(), next - now);
    this.#changed();
  }
}

/** Says that one is writing: at once, then at most every three seconds, and when it ends. */
export class TypingSignal {
  #send;
  #now;
  /** @type {string|null} */
  #room = null;
  #sentAt = -Infinity;

  /** @param {(room: string, on: boolean) => void} send @param {() => number} now */
  constructor(send, now) {
    this.#send = send;
    this.#now = now;
  }

  /** Something is typed in this room. @param {string} room */
  typed(room) {
    if (room !== this.#room) this.stop();
    if (this.#room !== null && this.#now() - this.#sentAt < AGAIN_MS) return;
    this.#room = room;
    this.#sentAt = this.#now();
    this.#send(room, true);
  }

  /** The field is empty, or left. */
  stop() {
    if (this.#room === null) return;
    this.#send(this.#room, false);
    this.#room = null;
  }
}

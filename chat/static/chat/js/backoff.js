/** How long to wait before the next try: doubling, jittered, and forgiving after a stable while. */

const FIRST_MS = 300;
const LONGEST_MS = 30_000;
const STABLE_MS = 10_000;

export class Backoff {
  #tries = 0;
  /** @type {number|null} */
  #openedAt = null;
  #random;

  /** @param {() => number} random from 0 up to 1 */
  constructor(random = Math.random) {
    this.#random = random;
  }

  /** The connection stands since now. @param {number} now ms */
  opened(now) {
    this.#openedAt = now;
  }

  /**
   * The connection is gone: the wait before the next try. Half of it is chance, so that a room
   * full of people does not come back in one moment.
   * @param {number} now ms
   * @returns {number} ms
   */
  next(now) {
    if (this.#openedAt !== null && now - this.#openedAt >= STABLE_MS) this.#tries = 0;
    this.#openedAt = null;
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#tries);
    this.#tries += 1;
    return ceiling / 2 + (this.#random() * ceiling) / 2;
  }
}

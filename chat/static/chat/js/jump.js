/** The way to one place in a room: one at a time, the last one asked for wins. */

/**
 * @typedef {"there"|"gone"|"unreachable"|"overtaken"} Arrival
 *   gone: its neighbours are here, it is not; overtaken: one has gone elsewhere meanwhile
 */

export class Jump {
  /** Whether one is under way; what stands on the page stays as it is until then. */
  held = false;
  #count = 0;

  /** Gives up the one under way. */
  cancel() {
    this.#count += 1;
    this.held = false;
  }

  /**
   * @param {Pick<import("./past.js").Past, "readAt">} past
   * @param {string} room
   * @param {number} seq
   * @returns {Promise<Arrival>}
   */
  async to(past, room, seq) {
    const mine = (this.#count += 1);
    this.held = true;
    /** @type {Arrival} */
    let arrival = "unreachable";
    try {
      arrival = (await past.readAt(room, seq)) ? "there" : "gone";
    } catch {
      // Without an answer one stays among what is known here.
    }
    if (mine !== this.#count) return "overtaken";
    this.held = false;
    return arrival;
  }
}

/**
 * How far one has read in each room, as this device knows it. The server learns it at once but
 * writes it down only now and then, so a page loaded in between would call the same things new.
 */

/** @typedef {Pick<Storage, "getItem"|"setItem">} Store */

export class Reads {
  #store;
  #key;

  /** @param {Store} store @param {string} person with the epoch, since another history has other numbers */
  constructor(store, person) {
    this.#store = store;
    this.#key = `madang.read.${person}.`;
  }

  /** @param {string} room @returns {number} a seq, 0 when nothing is known here */
  get(room) {
    const seq = Number(this.#store.getItem(this.#key + room));
    return Number.isSafeInteger(seq) ? seq : 0;
  }

  /** @param {string} room @param {number} seq */
  set(room, seq) {
    try {
      this.#store.setItem(this.#key + room, String(seq));
    } catch {
      // The server knows it too, only later.
    }
  }
}

/** Things of one kind, under a nonce each, kept on this device for this person until they are settled. */

/** @typedef {Pick<Storage, "getItem"|"setItem"|"removeItem"|"key"|"length">} Store */

export class Shelf {
  #store;
  #prefix;

  /** @param {Store} store @param {string} kind @param {string} person */
  constructor(store, kind, person) {
    this.#store = store;
    this.#prefix = `madang.${kind}.${person}.`;
  }

  /** @param {{nonce: string}} thing as it is to be found after a reload */
  put(thing) {
    try {
      this.#store.setItem(this.#prefix + thing.nonce, JSON.stringify(thing));
    } catch {
      // The storage is full or forbidden: it still goes out, it only would not survive a reload.
    }
  }

  /** @param {string} nonce */
  remove(nonce) {
    this.#store.removeItem(this.#prefix + nonce);
  }

  /** @param {string} nonce @returns {boolean} false too when another window has settled it */
  has(nonce) {
    return this.#store.getItem(this.#prefix + nonce) !== null;
  }

  /** @returns {any[]} all that can be read, in the order of their `order` */
  all() {
    const found = [];
    for (let at = 0; at < this.#store.length; at += 1) {
      const key = this.#store.key(at);
      if (!key?.startsWith(this.#prefix)) continue;
      const thing = parse(this.#store.getItem(key));
      if (isWhole(thing)) found.push(thing);
    }
    return found.sort((a, b) => a.order - b.order);
  }
}

/** @param {string|null} text @returns {any} */
function parse(text) {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return null;
  }
}

/** @param {any} thing */
function isWhole(thing) {
  return typeof thing?.nonce === "string" && typeof thing.room === "string";
}

/** Half-written messages, one a room, and edits, one a message, kept on this device for this person. */

/** @typedef {Pick<Storage, "getItem"|"setItem"|"removeItem"|"key"|"length">} Store */

export class Drafts {
  store;
  #prefix;

  /** @param {Store} store @param {string} person */
  constructor(store, person) {
    this.store = store;
    this.#prefix = `madang.draft.${person}.`;
  }

  /** @param {string} room @returns {string} "" when there is none */
  get(room) {
    return this.store.getItem(this.#prefix + room) ?? "";
  }

  /** @param {string} room @returns {number[]} the messages there whose edit is half-written, under `room.seq` each */
  edits(room) {
    const prefix = `${this.#prefix}${room}.`;
    const keys = Array.from({ length: this.store.length }, (_, at) => this.store.key(at) ?? "");
    return keys.filter((key) => key.startsWith(prefix)).map((key) => Number(key.slice(prefix.length)));
  }

  /** @param {string} room @param {string} text nothing but spaces is no draft */
  set(room, text) {
    try {
      if (text.trim()) this.store.setItem(this.#prefix + room, text);
      else this.store.removeItem(this.#prefix + room);
    } catch {
      // No room on this device: the text stays in the field, which is what counts.
    }
  }
}

/**
 * A store that lives as long as the page, for browsers that forbid a lasting one.
 * @returns {Storage}
 */
export function memoryStore() {
  /** @type {Map<string, string>} */
  const items = new Map();
  return {
    get length() {
      return items.size;
    },
    key: (at) => [...items.keys()][at] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, String(value)),
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
  };
}

/**
 * Half-written messages, one a room, and edits, one a message, kept on this device for this person.
 * Other tabs write them too: what was not touched here is not written here, and follows them.
 */

/** @typedef {Pick<Storage, "getItem"|"setItem"|"removeItem"|"key"|"length">} Store */

export class Drafts {
  store;
  #prefix;
  /** What this tab read or wrote last, by room. @type {Map<string, string>} */
  #known = new Map();

  /** @param {Store} store @param {string} person */
  constructor(store, person) {
    this.store = store;
    this.#prefix = `madang.draft.${person}.`;
  }

  /** @param {string} room @returns {string} "" when there is none */
  get(room) {
    const text = this.store.getItem(this.#prefix + room) ?? "";
    this.#known.set(room, text);
    return text;
  }

  /**
   * What another tab has written meanwhile, should it not have been touched in this one.
   * @param {string} room
   * @param {string} text as it stands here
   * @returns {string|null} null when it stays as it is
   */
  news(room, text) {
    const known = this.#known.get(room);
    if (known !== draftOf(text)) return null;
    const now = this.get(room);
    return now === known ? null : now;
  }

  /** @param {string} room @returns {number[]} the messages there whose edit is half-written, under `room.seq` each */
  edits(room) {
    const prefix = `${this.#prefix}${room}.`;
    const keys = Array.from({ length: this.store.length }, (_, at) => this.store.key(at) ?? "");
    return keys.filter((key) => key.startsWith(prefix)).map((key) => Number(key.slice(prefix.length)));
  }

  /** @param {string} room @param {string} text nothing but spaces is no draft */
  set(room, text) {
    const draft = draftOf(text);
    if (this.#known.get(room) === draft) return;
    try {
      if (draft) this.store.setItem(this.#prefix + room, draft);
      else this.store.removeItem(this.#prefix + room);
      this.#known.set(room, draft);
    } catch {
      // No room on this device: the text stays in the field, which is what counts.
    }
  }
}

/** @param {string} text */
function draftOf(text) {
  return text.trim() ? text : "";
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

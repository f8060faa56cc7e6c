/**
 * What was read last, kept on this device for when the server can't be reached: the list of rooms
 * and of each the newest messages, bounded, and gone once one signs out.
 */

/**
 * @typedef {import("./chat.js").Chat} Chat
 * @typedef {import("./chat.js").Boot} Boot
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {{at: number, head: number, epoch: string, more: boolean, messages: Said[],
 *   mine: Record<string, string[]>}} KeptRoom
 * @typedef {Pick<Storage, "getItem"|"setItem"|"removeItem"|"key"|"length">} Store
 */

const PREFIX = "madang.kept.";
const PERSON = `${PREFIX}person`;
export const ROOMS_AT_MOST = 12;
export const MESSAGES_AT_MOST = 50;
export const SIGNS_AT_MOST = 60_000;

/** @param {Store} store @returns {string|null} whose reading lies here */
export function lastPerson(store = window.localStorage) {
  try {
    return store.getItem(PERSON);
  } catch {
    return null;
  }
}

/** Takes everything that was read off this device. @param {Store} store */
export function forgetKept(store = window.localStorage) {
  try {
    for (const key of keysOf(store)) store.removeItem(key);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

/**
 * What the page starts from without the server.
 * @param {Store} store
 * @returns {Boot|null} null when nobody has read anything here
 */
export function keptBoot(store) {
  const person = lastPerson(store);
  const boot = person && parse(store.getItem(`${PREFIX}${person}`));
  return boot?.me && Array.isArray(boot.rooms) ? boot : null;
}

export class Kept {
  #store;
  #base;
  #prefix;

  /** @param {Store} store @param {Boot} boot what the page started from */
  constructor(store, boot) {
    const { me, epoch, limits, heartbeat } = boot;
    this.#store = store;
    this.#base = { me, epoch, limits, heartbeat };
    this.#prefix = `${PREFIX}${me?.id ?? ""}`;
  }

  /** Writes down the list of rooms and the newest messages of the open one. @param {Chat} chat */
  save(chat) {
    if (!chat.me) return;
    if (lastPerson(this.#store) !== chat.me.id) {
      forgetKept(this.#store);
      this.#put(PERSON, chat.me.id);
    }
    const { board, mine, open } = chat.rooms.sections;
    const rooms = board ? [board, ...mine] : mine;
    this.#put(this.#prefix, {
      ...this.#base, me: chat.me, rooms, listed: open, room: null, page: [], head: 0,
    });
    const joined = new Set(rooms.map((room) => room.id));
    for (const { id } of this.#rooms()) if (!joined.has(id)) this.forget(id);
    if (chat.open && joined.has(chat.open)) this.#saveRoom(chat.open, chat.timeline(chat.open));
  }

  /** @param {string} room @returns {KeptRoom|null} */
  room(room) {
    const kept = parse(this.#store.getItem(this.#key(room)));
    return Array.isArray(kept?.messages) ? kept : null;
  }

  /** @param {string} room */
  forget(room) {
    this.#store.removeItem(this.#key(room));
  }

  /** @param {string} room @param {import("./timeline.js").Timeline} timeline */
  #saveRoom(room, timeline) {
    if (!timeline.loaded) return;
    let messages = timeline.rows.slice(-MESSAGES_AT_MOST);
    let size = JSON.stringify(messages).length;
    while (size > SIGNS_AT_MOST) {
      size -= JSON.stringify(messages[0]).length + 1;
      messages = messages.slice(1);
    }
    const more = timeline.more || messages.length < timeline.rows.length;
    const mine = Object.fromEntries(
      messages.flatMap(({ seq }) => {
        const emoji = timeline.mine.get(seq);
        return emoji ? [[String(seq), emoji]] : [];
      }),
    );
    const { head, epoch } = timeline;
    this.#put(this.#key(room), { at: Date.now(), head, epoch, more, messages, mine });
    for (const { id } of this.#rooms().slice(ROOMS_AT_MOST)) this.forget(id);
  }

  /** @returns {{id: string, at: number}[]} the rooms that are kept, the latest first */
  #rooms() {
    const start = `${this.#prefix}.`;
    return keysOf(this.#store)
      .filter((key) => key.startsWith(start))
      .map((key) => ({ id: key.slice(start.length), at: Number(parse(this.#store.getItem(key))?.at) || 0 }))
      .sort((a, b) => b.at - a.at);
  }

  /** @param {string} room */
  #key(room) {
    return `${this.#prefix}.${room}`;
  }

  /** @param {string} key @param {unknown} value */
  #put(key, value) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    try {
      this.#store.setItem(key, text);
    } catch {
      // Full: what one wrote matters more than what one read.
      for (const { id } of this.#rooms()) this.forget(id);
    }
  }
}

/** @param {Store} store @returns {string[]} */
function keysOf(store) {
  const keys = [];
  for (let at = 0; at < store.length; at += 1) {
    const key = store.key(at);
    if (key?.startsWith(PREFIX)) keys.push(key);
  }
  return keys;
}

/** @param {string|null} text @returns {any} null when it is none of ours */
function parse(text) {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

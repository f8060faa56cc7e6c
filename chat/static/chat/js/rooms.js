/**
 * The rooms one sees: mine and the open ones, with what is unread in each.
 * Takes what the page, the API and the live events say; the count of the room being read is nought.
 */
import { quoted } from "./text.js";

/**
 * @typedef {import("./protocol.js").Room} Room
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {{board: Room|null, mine: Room[], open: Room[]}} Sections
 */

export const BOARD = "board";
const UNREAD_MAX = 200;

export class Rooms {
  /** @type {Map<string, Room>} */
  #rooms = new Map();
  /** @type {string|null} the room whose end is in view of someone looking */
  reading = null;

  /** @param {readonly Room[]} rooms */
  constructor(rooms = []) {
    for (const room of rooms) this.#rooms.set(room.id, room);
  }

  /** @param {string} id */
  get(id) {
    return this.#rooms.get(id);
  }

  /** Everything the server lists now; what it no longer lists is gone. @param {readonly Room[]} rooms */
  replace(rooms) {
    const before = this.#rooms;
    this.#rooms = new Map();
    for (const room of rooms) this.put(room, before.get(room.id));
  }

  /** @param {Room} room @param {Room|undefined} before */
  put(room, before = this.#rooms.get(room.id)) {
    const read = Math.max(room.read ?? 0, before?.read ?? 0);
    const last = room.last ?? before?.last ?? null;
    // An answer from before our reading was written down counts what we have read already.
    const stale = before && room.read < before.read && room.head === before.head;
    const unread = stale ? before.unread : room.unread;
    this.#rooms.set(room.id, { ...room, read, last, unread });
  }

  /**
   * @param {{id: string, [field: string]: any}} news some fields of one room
   * @returns {boolean} false when the room is not known here
   */
  update({ id, ...news }) {
    const room = this.#rooms.get(id);
    if (!room) return false;
    const head = Math.max(room.head, news.head ?? 0);
    const read = Math.max(room.read, news.read ?? 0);
    // As above: what was counted before our reading was known.
    if (news.read < room.read && news.head === room.head) delete news.unread;
    this.#rooms.set(id, { ...room, ...news, head, read });
    return true;
  }

  /** @param {string} id */
  remove(id) {
    this.#rooms.delete(id);
  }

  /** One has left it, here or elsewhere; a listed one stays in sight. @param {string} id */
  left(id) {
    const room = this.#rooms.get(id);
    if (room?.listed) this.#rooms.set(id, { ...room, joined: false, unread: 0, pinned: false });
    else this.#rooms.delete(id);
  }

  /**
   * What stands in a room that is followed here: its last words, and how many of others come after
   * what one has read.
   * @param {string} id
   * @param {{rows: readonly Said[], low: number|null, more: boolean, head: number}} timeline
   * @param {string|undefined} me
   */
  follow(id, { rows, low, more, head }, me) {
    const room = this.#rooms.get(id);
    if (!room) return;
    let unread = 0;
    for (let at = rows.length - 1; at >= 0 && unread < UNREAD_MAX; at -= 1) {
      const said = /** @type {Said} */ (rows[at]);
      if (said.seq <= room.read) break;
      if (said.author.id !== me) unread += 1;
    }
    const whole = !more || (low ?? Infinity) <= room.read + 1;
    const said = rows.at(-1);
    this.#rooms.set(id, {
      ...room,
      head: Math.max(room.head, head),
      unread: whole ? unread : Math.max(unread, room.unread),
      last: said ? lastWords(said) : more ? room.last : null,
    });
  }

  /** Read up to here; never backwards. @param {string} id @param {number} seq @returns {boolean} whether it moved */
  markRead(id, seq) {
    const room = this.#rooms.get(id);
    if (!room || seq < room.read) return false;
    this.#rooms.set(id, { ...room, read: seq, unread: 0 });
    return seq > room.read;
  }

  /**
   * Another window of mine read up to here.
   * @param {string} id
   * @param {number} seq
   * @returns {boolean} false when what is left can't be told from here
   */
  readElsewhere(id, seq) {
    const room = this.#rooms.get(id);
    if (!room || seq <= room.read) return true;
    const all = seq >= (room.last?.seq ?? room.head);
    this.#rooms.set(id, { ...room, read: seq, unread: all ? 0 : room.unread });
    return all;
  }

  /** @returns {Room[]} those that one is in */
  get mine() {
    return [...this.#rooms.values()].filter((room) => room.joined);
  }

  /** @param {string} id @returns {number} */
  unread(id) {
    const room = this.#rooms.get(id);
    return !room || !room.joined || this.reading === id ? 0 : Math.max(0, room.unread ?? 0);
  }

  /** @returns {number} what is unread in all my rooms that I did not mute */
  get total() {
    const loud = [...this.#rooms.values()].filter((room) => !room.muted);
    return loud.reduce((sum, { id }) => sum + this.unread(id), 0);
  }

  /** @returns {Room[]} as they stand in the list */
  get inOrder() {
    const { board, mine, open } = this.sections;
    return [...(board ? [board] : []), ...mine, ...open];
  }

  /**
   * The room before or after another in the list, among those one is in.
   * @param {string|null} id
   * @param {-1|1} way
   * @returns {string|null} null when there is none
   */
  beside(id, way) {
    const all = this.inOrder.filter((room) => room.joined || room.kind === "board");
    const at = all.findIndex((room) => room.id === id);
    return all[at + way]?.id ?? null;
  }

  /** @returns {Sections} */
  get sections() {
    const all = [...this.#rooms.values()];
    return {
      board: all.find((room) => room.kind === "board") ?? null,
      mine: all.filter((room) => room.kind === "room" && room.joined).sort(byActivity),
      open: all.filter((room) => room.kind === "room" && !room.joined && room.listed).sort(byActivity),
    };
  }
}

/** @param {number} unread @returns {string} "" for none */
export function badge(unread) {
  if (unread <= 0) return "";
  return unread > 99 ? "99+" : String(unread);
}

/** Cut to one line only when that is shown: in a storm hardly any is. @param {Said} said */
function lastWords(said) {
  const { author, at, seq } = said;
  return { author: author.name, get text() { return quoted(said); }, at, seq };
}

/** @param {Room} a @param {Room} b */
function byActivity(a, b) {
  if (Boolean(a.pinned) !== Boolean(b.pinned)) return a.pinned ? -1 : 1;
  const left = a.last?.at ?? "";
  const right = b.last?.at ?? "";
  if (left !== right) return left < right ? 1 : -1;
  return a.title.localeCompare(b.title);
}

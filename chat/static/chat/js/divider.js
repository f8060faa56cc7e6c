/**
 * The line before what is new, and how much came since the end was last in view.
 * Knows seqs and who looks, no page; the line stays where it is while somebody reads.
 */
import { place } from "./stretch.js";

/**
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {import("./protocol.js").Room} Room
 * @typedef {import("./stretch.js").Stretch} Stretch
 */

export class Divider {
  /** @type {number|null} the seq after which messages are new, null for no line */
  after = null;
  /** How many were unread when the room was opened. */
  unread = 0;
  /** How many of others came since the end was last in view. */
  news = 0;
  /** Whether somebody has seen the line. */
  met = false;
  /** Up to where all is read, as the list says it of a room without anything unread; null when it says nothing. @type {number|null} */
  #readUpTo = null;
  #lastSeq = 0;
  #endSeen = false;

  /**
   * @param {Room|null} room as it is when it is opened
   * @param {readonly Said[]} rows what is known of it
   */
  constructor(room = null, rows = []) {
    // To a newcomer on the board everything is new, and a line before all of it says nothing.
    const newcomer = room?.kind === "board" && room.read === 0;
    if (room?.joined && room.unread > 0 && !newcomer) {
      this.after = room.read;
      this.unread = room.unread;
    } else if (room?.joined && !newcomer) {
      this.#readUpTo = Math.max(room.read, room.last?.seq ?? 0);
    }
    this.#lastSeq = rows.at(-1)?.seq ?? 0;
  }

  /**
   * The list learns what is unread once a second, so a room can be opened before it knows: what the
   * room itself brings until it goes on live is as new.
   * @param {readonly Said[]} rows
   * @param {string|undefined} me
   */
  brought(rows, me) {
    const read = this.#readUpTo;
    if (read === null) return;
    const fresh = rows.slice(place(rows, read + 1)).filter(({ author }) => author.id !== me);
    if (!fresh.length) return;
    this.after = read;
    this.unread = fresh.length;
  }

  /** Somebody sees the end. */
  sawEnd() {
    this.#endSeen = true;
    this.news = 0;
  }

  /**
   * Counts what came; the line is set when it came while nobody looked.
   * @param {readonly Said[]} rows
   * @param {{me: string|undefined, atEnd: boolean, looking: boolean}} reader
   */
  count(rows, { me, atEnd, looking }) {
    let fresh = 0;
    let first = 0;
    for (let at = rows.length - 1; at >= 0; at -= 1) {
      const said = rows[at];
      if (!said || said.seq <= this.#lastSeq) break;
      if (said.author.id === me) continue;
      fresh += 1;
      first = said.seq;
    }
    const known = this.#lastSeq > 0;
    this.#lastSeq = Math.max(this.#lastSeq, rows.at(-1)?.seq ?? 0);
    if (!fresh || !known) return;
    if (!atEnd || !looking) this.news += fresh;
    if (!looking && this.#endSeen) {
      this.after = first - 1;
      this.unread = 0;
      this.met = false;
      this.#endSeen = false;
    }
  }

  /**
   * The message that the line stands before.
   * @param {Stretch} stretch what is read
   * @param {string|undefined} me whose own words are never new
   * @returns {Said|null} null when there is no line, or its place is not known here
   */
  first(stretch, me) {
    const { after } = this;
    if (after === null || (stretch.from > after + 1 && stretch.older)) return null;
    const { rows } = stretch;
    for (let at = place(rows, after + 1); at < rows.length; at += 1) {
      const said = rows[at];
      if (said && said.author.id !== me) return said;
    }
    return null;
  }
}

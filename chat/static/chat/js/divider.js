/**
 * The line before what is new, and how much came since the end was last in view.
 * Knows seqs and who looks, no page; the line stays where it is while somebody reads.
 */

/** @typedef {import("./protocol.js").Said} Said */

export class Divider {
  /** @type {number|null} the seq after which messages are new, null for no line */
  after = null;
  /** How many of others came since the end was last in view. */
  news = 0;
  #lastSeq = 0;
  #endSeen = false;

  /**
   * @param {{unread: number, read: number}|null} room as it is when it is opened
   * @param {readonly Said[]} rows what is known of it
   */
  constructor(room = null, rows = []) {
    if (room && room.unread > 0) this.after = room.read;
    this.#lastSeq = rows.at(-1)?.seq ?? 0;
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
    if (!atEnd) this.news += fresh;
    if (!looking && this.#endSeen) {
      this.after = first - 1;
      this.#endSeen = false;
    }
  }
}

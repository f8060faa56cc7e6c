/**
 * Which stretch of a room's messages stands on the page: at most a few hundred, wherever one reads.
 * Follows the newest until one scrolls far enough away; knows seqs only.
 */

/** @typedef {import("./protocol.js").Said} Said */

/** How many rows come with one step: few enough to be drawn within a frame on a slow phone. */
const STEP = 12;
const PAGE = 50;
/** What a view, its edges where more is fetched and a step take, at about 26 px a row. */
const PX_FOR_ONE = 10;
const AT_LEAST = 100;
/** At the end, where rows come all the time, fewer stand: each that comes lays all of them out. */
const AT_END = 0.6;
const SLACK = 1.25;

export class Span {
  #most;
  /** @type {number|null} seq of the first row shown; null until something is shown */
  #from = null;
  /** @type {number|null} seq of the last row shown; null while following the newest */
  #to = null;

  /** @param {number} high px of the greatest view there may be; all rows that stand are moved and painted anew when some come above, so a phone has fewer */
  constructor(high) {
    this.#most = Math.max(AT_LEAST, Math.ceil(high / PX_FOR_ONE));
  }

  /** Whether the newest message belongs to what is shown. */
  get following() {
    return this.#to === null;
  }

  /** @param {readonly Said[]} rows all rows by seq @returns {readonly Said[]} those to show */
  of(rows) {
    const [from, to] = this.#bounds(rows);
    return rows.slice(from, to);
  }

  /** @param {readonly Said[]} rows @returns {Said|null} the row right above those shown, null when they are the first */
  above(rows) {
    return rows[this.#bounds(rows)[0] - 1] ?? null;
  }

  /** @param {readonly Said[]} rows @returns {boolean} whether rows are held above those shown */
  hidesOlder(rows) {
    return this.above(rows) !== null;
  }

  /** @param {readonly Said[]} rows @returns {number} rows held below those shown */
  hiddenBelow(rows) {
    return rows.length - this.#bounds(rows)[1];
  }

  /** Back to the last page, following. */
  toNewest() {
    this.#from = null;
    this.#to = null;
  }

  /** Stands around a message, or its place. @param {readonly Said[]} rows @param {number} seq */
  around(rows, seq) {
    const at = firstAfter(rows, seq - 1);
    const end = Math.min(rows.length, at + PAGE / 2);
    this.#from = rows[Math.max(0, at - PAGE / 2)]?.seq ?? null;
    this.#to = end === rows.length ? null : (rows[end - 1]?.seq ?? null);
  }

  /** What came in below belongs to the next steps. @param {number} seq of the last row shown */
  endAt(seq) {
    this.#to = seq;
  }

  /** One step towards the past; lets go of rows far below. @param {readonly Said[]} rows */
  older(rows) {
    const [from, to] = this.#bounds(rows);
    const start = Math.max(0, from - STEP);
    this.#from = rows[start]?.seq ?? null;
    if (to - start > this.#most) this.#to = rows[start + this.#most - 1]?.seq ?? null;
  }

  /** One step towards the present; lets go of rows far above. @param {readonly Said[]} rows */
  newer(rows) {
    const [from, to] = this.#bounds(rows);
    const end = Math.min(rows.length, to + STEP);
    this.#to = end === rows.length ? null : (rows[end - 1]?.seq ?? null);
    if (end - from > this.#most) this.#from = rows[end - this.#most]?.seq ?? null;
  }

  /**
   * Rows came at the end. Who reads the end keeps following and loses rows far above;
   * who reads further up keeps the place and stops following once it grows too long.
   * @param {readonly Said[]} rows
   * @param {boolean} atEnd
   */
  grown(rows, atEnd) {
    const [from, to] = this.#bounds(rows);
    const most = Math.round(atEnd ? this.#most * AT_END : this.#most);
    if (this.#to !== null || to - from <= most * SLACK) return;
    if (atEnd) this.#from = rows[to - most]?.seq ?? null;
    else this.#to = rows[from + most - 1]?.seq ?? null;
  }

  /** @param {readonly Said[]} rows @returns {[number, number]} */
  #bounds(rows) {
    const to = this.#to === null ? rows.length : firstAfter(rows, this.#to);
    if (this.#from === null) {
      const from = Math.max(0, to - PAGE);
      this.#from = rows[from]?.seq ?? null;
      return [from, to];
    }
    return [Math.min(to, firstAfter(rows, this.#from - 1)), to];
  }
}

/** @param {readonly Said[]} rows @param {number} seq @returns {number} index of the first row after seq */
function firstAfter(rows, seq) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {Said} */ (rows[middle]).seq <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

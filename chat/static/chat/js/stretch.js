/**
 * A stretch of a room's messages without a hole: everything between two seqs, in order.
 * The live one has no end. Keeps its list sorted while states come, one by one or by the page.
 */

/**
 * @typedef {import("./protocol.js").MessageState} MessageState
 * @typedef {import("./protocol.js").Said} Said
 */

export class Stretch {
  /** The lowest seq from which on nothing is missing. */
  from;
  /** The highest seq up to which nothing is missing; Infinity while it follows the room. */
  to;
  /** Whether older messages may exist beyond `from`. */
  older = true;
  /** @type {Said[]} what can be read, by seq */
  #rows = [];

  /** @param {number} from @param {number} to */
  constructor(from, to) {
    this.from = from;
    this.to = to;
  }

  /** @returns {readonly Said[]} */
  get rows() {
    return this.#rows;
  }

  /** @param {number} seq */
  covers(seq) {
    return seq >= this.from && seq <= this.to;
  }

  /** Takes the present state of a message that belongs here. @param {MessageState} state */
  put(state) {
    const rows = this.#rows;
    const at = place(rows, state.seq);
    const known = rows[at]?.seq === state.seq;
    if (state.deleted) {
      if (known) rows.splice(at, 1);
    } else if (known) rows[at] = state;
    else if (at === rows.length) rows.push(state);
    else rows.splice(at, 0, state);
  }

  /** @param {number} floor everything at or below it is gone */
  dropUpTo(floor) {
    this.#rows.splice(0, place(this.#rows, floor + 1));
  }

  /** New bounds, with everything known between them. @param {number} from @param {number} to @param {Iterable<MessageState>} states */
  reach(from, to, states) {
    // What it had stays: with thousands of rows, sorting all again is felt on a slow phone.
    const grows = this.#rows.length > 0 && from <= this.from && to >= this.to;
    const [low, high] = grows ? [this.from, this.to] : [Infinity, -Infinity];
    /** @type {Said[]} */
    const below = [];
    /** @type {Said[]} */
    const above = [];
    for (const state of states) {
      if (state.deleted || state.seq < from || state.seq > to) continue;
      if (state.seq < low) below.push(state);
      else if (state.seq > high) above.push(state);
    }
    this.from = from;
    this.to = to;
    this.#rows = [...below.sort(bySeq), ...(grows ? this.#rows : []), ...above.sort(bySeq)];
  }
}

/** @param {Said} a @param {Said} b */
function bySeq(a, b) {
  return a.seq - b.seq;
}

/** @param {readonly Said[]} rows @param {number} seq @returns {number} index of the first row at or after seq */
export function place(rows, seq) {
  const last = rows.at(-1);
  if (!last || last.seq < seq) return rows.length;
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {Said} */ (rows[middle]).seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

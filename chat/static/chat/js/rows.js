/**
 * From messages to the rows of a log: days, the line before what is new, runs of one author.
 * Pure; the same states give the same rows, whichever way they came.
 */

/**
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {import("./protocol.js").Quote} Quote
 * @typedef {import("./protocol.js").Person} Person
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {{key: string, kind: "day", at: string}} DayRow
 * @typedef {{key: string, kind: "new"}} NewRow
 * @typedef {{key: string, kind: "message", said: Said, mine: boolean, first: boolean,
 *   last: boolean, quote: Quote|null, entry: Entry|null, reacted: readonly string[]}} MessageRow
 * @typedef {DayRow | NewRow | MessageRow} Row
 */

const RUN_MS = 5 * 60 * 1000;
/** @type {readonly string[]} */
const NONE = [];

/**
 * @param {{rows: readonly Said[], pending: readonly Entry[], me: Person|null,
 *   newAfter: number|null, dayOf: (at: string) => string,
 *   quote?: (said: Said) => Quote|null, mine?: ReadonlyMap<number, readonly string[]>}} view
 *   newAfter: the seq after which messages are new, null for no line
 * @returns {Row[]}
 */
export function buildRows({ rows, pending, me, newAfter, dayOf, quote, mine }) {
  const builder = new Builder(dayOf, me, newAfter);
  for (const said of rows) {
    builder.add(said, null, quote?.(said) ?? said.reply_to ?? null, mine?.get(said.seq) ?? NONE);
  }
  for (const entry of pending) builder.add(asSaid(entry, me), entry, null, NONE);
  return builder.rows;
}

/** The key of a message's row; one's own keeps it from the moment of writing. @param {Said} said @param {boolean} mine */
export function rowKey(said, mine) {
  return mine && said.nonce ? `n:${said.nonce}` : `s:${said.seq}`;
}

class Builder {
  /** @type {Row[]} */
  rows = [];
  #dayOf;
  #me;
  #newAfter;
  #day = "";
  /** @type {MessageRow|null} the message right above, with nothing between */
  #above = null;

  /** @param {(at: string) => string} dayOf @param {Person|null} me @param {number|null} newAfter */
  constructor(dayOf, me, newAfter) {
    this.#dayOf = dayOf;
    this.#me = me;
    this.#newAfter = newAfter;
  }

  /** @param {Said} said @param {Entry|null} entry @param {Quote|null} quote @param {readonly string[]} reacted */
  add(said, entry, quote, reacted) {
    const mine = said.author.id === this.#me?.id;
    this.#separate(said, mine, entry);
    const first = !this.#above || !sameRun(this.#above.said, said);
    if (!first && this.#above) this.#above.last = false;
    /** @type {MessageRow} */
    const row = {
      key: rowKey(said, mine),
      kind: "message",
      said,
      mine,
      first,
      last: true,
      quote,
      entry,
      reacted,
    };
    this.rows.push(row);
    this.#above = row;
  }

  /** @param {Said} said @param {boolean} mine @param {Entry|null} entry */
  #separate(said, mine, entry) {
    const day = this.#dayOf(said.at);
    if (day !== this.#day) {
      this.#day = day;
      this.#above = null;
      this.rows.push({ key: `d:${day}`, kind: "day", at: said.at });
    }
    if (this.#newAfter === null || entry || mine || said.seq <= this.#newAfter) return;
    this.#newAfter = null;
    this.#above = null;
    this.rows.push({ key: "new", kind: "new" });
  }
}

/** @param {Said} above @param {Said} said */
function sameRun(above, said) {
  const { author } = above;
  if (author.id !== said.author.id || author.name !== said.author.name) return false;
  return Math.abs(Date.parse(said.at) - Date.parse(above.at)) < RUN_MS;
}

/** @param {Entry} entry @param {Person|null} me @returns {Said} */
function asSaid(entry, me) {
  return {
    room: entry.room,
    seq: entry.seq ?? 0,
    change: 0,
    nonce: entry.nonce,
    author: { id: me?.id ?? "", name: me?.name ?? "", kind: me?.kind ?? "guest" },
    text: entry.text,
    at: entry.at,
  };
}

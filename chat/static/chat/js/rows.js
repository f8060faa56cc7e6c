/**
 * From messages to the rows of a log: days, the line before what is new, runs of one author.
 * Pure; the same states give the same rows, whichever way they came.
 */

import { chips } from "./reactions.js";

/**
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {import("./protocol.js").Quote} Quote
 * @typedef {import("./protocol.js").Person} Person
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./changes.js").Over} Over
 * @typedef {import("./changes.js").EditChange} EditChange
 * @typedef {import("./reactions.js").Chip} Chip
 * @typedef {{key: string, kind: "day", at: string}} DayRow
 * @typedef {{key: string, kind: "new"}} NewRow
 * @typedef {{key: string, kind: "message", said: Said, mine: boolean, first: boolean,
 *   last: boolean, quote: Quote|null, entry: Entry|null, edit: EditChange|null,
 *   chips: readonly Chip[]}} MessageRow
 * @typedef {DayRow | NewRow | MessageRow} Row
 */

const RUN_MS = 5 * 60 * 1000;
/** @type {readonly string[]} */
const NONE = [];
/** @type {readonly Chip[]} */
const NO_CHIPS = [];

/**
 * @param {{rows: readonly Said[], pending: readonly Entry[], me: Person|null,
 *   newAfter: number|null, dayOf: (at: string) => string,
 *   quote?: (said: Said) => Quote|null, mine?: ReadonlyMap<number, readonly string[]>,
 *   over?: ReadonlyMap<number, Over>, above?: Said|null}} view
 *   newAfter: the seq after which messages are new, null for no line; over: changes under way;
 *   above: what is known to stand before the first row, so that it looks as if that were drawn too
 * @returns {Row[]}
 */
export function buildRows({ rows, pending, me, newAfter, dayOf, quote, mine, over, above }) {
  const builder = new Builder(dayOf, me, newAfter);
  if (above) builder.goOn(above);
  for (const said of rows) {
    const under = over?.get(said.seq);
    if (under?.gone) continue;
    const reacted = said.reactions || under?.reacted;
    builder.add(said, {
      entry: null,
      edit: under?.edit ?? null,
      quote: quote?.(said) ?? said.reply_to ?? null,
      chips: reacted
        ? chips(said, me?.id ?? "", mine?.get(said.seq) ?? NONE, under?.reacted)
        : NO_CHIPS,
    });
  }
  for (const entry of pending) {
    const said = asSaid(entry, me);
    builder.add(said, { entry, edit: null, quote: quote?.(said) ?? null, chips: NO_CHIPS });
  }
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
  /** @type {{said: Said, last: boolean}|null} the message right above, with nothing between */
  #above = null;

  /** @param {(at: string) => string} dayOf @param {Person|null} me @param {number|null} newAfter */
  constructor(dayOf, me, newAfter) {
    this.#dayOf = dayOf;
    this.#me = me;
    this.#newAfter = newAfter;
  }

  /** Goes on after a message that is not drawn. @param {Said} said */
  goOn(said) {
    this.#day = this.#dayOf(said.at);
    this.#above = { said, last: true };
  }

  /**
   * @param {Said} said
   * @param {Pick<MessageRow, "entry"|"edit"|"quote"|"chips">} rest
   */
  add(said, rest) {
    const mine = said.author.id === this.#me?.id;
    this.#separate(said, mine, rest.entry);
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
      ...rest,
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
    reply_to: entry.replyTo === null ? null : { seq: entry.replyTo, author: null, text: null },
  };
}

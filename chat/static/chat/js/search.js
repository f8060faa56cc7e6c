/**
 * A search as it goes: waits for a pause in typing, asks, and keeps the pages of the latest
 * question only. And how a hit is shown: its text in pieces, around the first place found.
 */
import { BLANKS } from "./text.js";

/**
 * @typedef {import("./protocol.js").MessageState} MessageState
 * @typedef {{room: string, title: string, message: any, ranges: [number, number][]}} Hit
 * @typedef {{hits: Hit[], more: boolean, next: string|null, partial: boolean}} Found
 * @typedef {{q: string, room?: string, person?: string, from?: string, to?: string,
 *   before?: string}} Question
 * @typedef {{ask: (question: Question, signal: AbortSignal) => Promise<Found>, changed: () => void,
 *   clock: {after: (run: () => void, ms: number) => unknown, cancel: (timer: any) => void}}} Outside
 * @typedef {"idle"|"loading"|"done"|"failed"} Phase
 */

const PAUSE_MS = 250;

export class Search {
  /** @type {Phase} */
  phase = "idle";
  /** @type {Hit[]} */
  hits = [];
  /** @type {string|null} where the next page begins */
  next = null;
  partial = false;
  /** @type {unknown} why it failed */
  error = null;
  /** @type {Question} */
  question = { q: "" };
  #outside;
  /** Answers to anything but the latest call are dropped. */
  #call = 0;
  /** Ends the call under way: nobody waits for it any more. */
  #asking = new AbortController();
  /** @type {unknown} */
  #timer = null;

  /** @param {Outside} outside */
  constructor(outside) {
    this.#outside = outside;
  }

  /** Something was typed: ask once it pauses. @param {Question} question */
  type(question) {
    this.#outside.clock.cancel(this.#timer);
    if (same(question, this.question)) return;
    this.#timer = this.#outside.clock.after(() => this.now(question), PAUSE_MS);
  }

  /** Ask now, unless this very question is being answered or was. @param {Question} question */
  now(question) {
    this.#outside.clock.cancel(this.#timer);
    if (same(question, this.question) && this.phase !== "failed") return;
    this.question = question;
    this.next = null;
    // Until the answer is there, the last one stays in view.
    if (question.q) void this.#load();
    else this.#forget();
  }

  /** The next page. */
  more() {
    if (this.next !== null && this.phase !== "loading") void this.#load();
  }

  /** Once more, after a failure. */
  retry() {
    if (this.phase === "failed") void this.#load();
  }

  /** Forgets question and answer: the next time it may be another. */
  stop() {
    this.#outside.clock.cancel(this.#timer);
    this.question = { q: "" };
    this.#forget();
  }

  #forget() {
    this.#call++;
    this.#asking.abort();
    this.hits = [];
    this.next = null;
    this.partial = false;
    this.#become("idle");
  }

  async #load() {
    const call = ++this.#call;
    const before = this.next;
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.#become("loading");
    try {
      const found = await this.#outside.ask({ ...this.question, ...(before && { before }) }, signal);
      if (call !== this.#call) return;
      this.hits = before ? [...this.hits, ...found.hits] : found.hits;
      this.next = found.next;
      this.partial = found.partial;
      this.#become("done");
    } catch (error) {
      if (call !== this.#call) return;
      if (!before) this.hits = [];
      this.error = error;
      this.#become("failed");
    }
  }

  /** @param {Phase} phase */
  #become(phase) {
    this.phase = phase;
    this.#outside.changed();
  }
}

/** @param {Question} a @param {Question} b */
function same(a, b) {
  return ["q", "room", "person", "from", "to"].every(
    (name) => /** @type {any} */ (a)[name] === /** @type {any} */ (b)[name],
  );
}

const BEFORE = 40;
const SHOWN = 240;

/**
 * @param {string} text @param {[number, number][]} ranges in code points
 * @returns {{text: string, hit: boolean}[]} one line around the first place, for text nodes
 */
export function pieces(text, ranges) {
  const signs = Array.from(text);
  const first = ranges[0]?.[0] ?? 0;
  const start = first > BEFORE * 1.5 ? wordStart(signs, first - BEFORE) : 0;
  const end = Math.min(signs.length, start + SHOWN);
  const found = [];
  const add = (/** @type {number} */ from, /** @type {number} */ to, /** @type {boolean} */ hit) => {
    if (to > from) found.push({ text: signs.slice(from, to).join("").replace(BLANKS, " "), hit });
  };
  // Joined to what follows, or a long word would leave it alone on a line.
  if (start > 0) found.push({ text: "…\u2060", hit: false });
  let at = start;
  for (const [from, to] of ranges) {
    if (from >= end) break;
    add(at, from, false);
    add(from, Math.min(to, end), true);
    at = Math.min(to, end);
  }
  add(at, end, false);
  if (end < signs.length) found.push({ text: "…", hit: false });
  return found;
}

/** The beginning of a word a little further on, or right here. @param {string[]} signs @param {number} at */
function wordStart(signs, at) {
  for (let i = at; i < at + BEFORE / 2; i++) if (/\s/.test(signs[i] ?? "")) return i + 1;
  return at;
}

/**
 * @param {string} day as a date field gives it, in the reader's own zone; "" for none
 * @param {number} later days to add
 * @returns {string|undefined} the moment it begins
 */
export function beginning(day, later = 0) {
  const [year, month, date] = day.split("-").map(Number);
  if (!year || !month || !date) return undefined;
  const moment = new Date(year, month - 1, date + later);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}

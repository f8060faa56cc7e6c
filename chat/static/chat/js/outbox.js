/**
 * What one has sent and the server has not confirmed yet, room by room, in order.
 * One post a room is under way at a time; all survive a reload and are sent again under the same
 * nonce, so that each is stored once. Decides nothing about how it looks.
 */
import { PASSING, makeNonce, post } from "./protocol.js";
import { Shelf } from "./shelf.js";

/**
 * @typedef {import("./protocol.js").Command} Command
 * @typedef {{room: string, nonce: string, text: string, replyTo: number|null, at: string,
 *   status: "waiting"|"sending"|"sent"|"failed", reason: string|null, seq: number|null,
 *   sentAt: number, order: number}} Entry
 */

const UNANSWERED_MS = 15_000;
const PAUSE_S = 5;

export class Outbox {
  /** @type {Map<string, Entry>} by nonce, in the order of writing */
  #entries = new Map();
  /** @type {Map<string, number>} room → until when nothing is sent, in ms */
  #paused = new Map();
  #shelf;
  #now;
  #order = 0;

  /**
   * @param {{store: import("./shelf.js").Store, person: string, now?: () => number}} options
   */
  constructor({ store, person, now = Date.now }) {
    this.#shelf = new Shelf(store, "out", person);
    this.#now = now;
    for (const entry of this.#shelf.all()) {
      if (typeof entry.text === "string") this.#entries.set(entry.nonce, entry);
    }
    this.interrupted();
  }

  /** @param {string} room @returns {Entry[]} */
  of(room) {
    return [...this.#entries.values()].filter((entry) => entry.room === room);
  }

  /** @param {string} nonce */
  get(nonce) {
    return this.#entries.get(nonce);
  }

  /** @returns {string[]} the rooms in which something waits */
  get rooms() {
    return [...new Set([...this.#entries.values()].map((entry) => entry.room))];
  }

  /** @param {string} room @param {string} text @param {number|null} replyTo @returns {Entry} */
  add(room, text, replyTo = null) {
    const now = this.#now();
    this.#order = Math.max(this.#order + 1, now);
    /** @type {Entry} */
    const entry = {
      room,
      nonce: makeNonce(),
      text,
      replyTo,
      at: new Date(now).toISOString(),
      status: "waiting",
      reason: null,
      seq: null,
      sentAt: 0,
      order: this.#order,
    };
    this.#entries.set(entry.nonce, entry);
    this.#shelf.put(entry);
    return entry;
  }

  /**
   * The next command of a room, if it is its turn; the entry counts as under way from here.
   * @param {string} room
   * @returns {Command|null}
   */
  take(room) {
    if (this.pausedFor(room) > 0) return null;
    const entries = this.of(room);
    if (entries.some((entry) => entry.status === "sending")) return null;
    const next = entries.find((entry) => entry.status === "waiting");
    if (!next) return null;
    this.#change(next, { status: "sending", sentAt: this.#now() });
    return post(room, next.nonce, next.text, next.replyTo);
  }

  /** The line broke: nobody knows what arrived, so all goes again under its old nonce. */
  interrupted() {
    for (const entry of this.#entries.values()) {
      if (entry.status === "sending") this.#change(entry, { status: "waiting" });
    }
  }

  /** Lets posts go again that have had no answer for long. @returns {boolean} whether there are any */
  lapse() {
    let any = false;
    for (const entry of this.#entries.values()) {
      if (entry.status !== "sending" || this.#now() - entry.sentAt < UNANSWERED_MS) continue;
      this.#change(entry, { status: "waiting" });
      any = true;
    }
    return any;
  }

  /** Committed under this number; the row stays until its message is here. @param {string} nonce @param {number} seq */
  acked(nonce, seq) {
    const entry = this.#entries.get(nonce);
    if (!entry) return;
    this.#change(entry, { status: "sent", seq, reason: null });
    this.#shelf.remove(nonce);
  }

  /** Its message is in the timeline. @param {string} nonce @returns {boolean} whether it was waiting here */
  arrived(nonce) {
    if (!this.#entries.delete(nonce)) return false;
    this.#shelf.remove(nonce);
    return true;
  }

  /** The room is complete up to here: what was confirmed below it needs no row of its own. @param {string} room @param {number} head */
  settled(room, head) {
    for (const entry of this.of(room)) {
      if (entry.status === "sent" && (entry.seq ?? 0) <= head) this.#entries.delete(entry.nonce);
    }
  }

  /**
   * The server refused. Passing troubles pause the room, anything else fails the post.
   * @param {string} nonce
   * @param {{code: string, detail?: string, retry_after?: number}} error
   */
  refused(nonce, { code, detail, retry_after: after }) {
    const entry = this.#entries.get(nonce);
    if (!entry || entry.status === "sent") return;
    if (PASSING.has(code)) {
      this.#paused.set(entry.room, this.#now() + Math.max(0.2, after ?? PAUSE_S) * 1000);
      this.#change(entry, { status: "waiting", reason: code });
    } else {
      this.#change(entry, { status: "failed", reason: detail ?? code });
    }
  }

  /** @param {string} room @returns {number} ms until the room may send again, 0 when it may */
  pausedFor(room) {
    return Math.max(0, (this.#paused.get(room) ?? 0) - this.#now());
  }

  /** Sends a failed one again, as it was. @param {string} nonce */
  retry(nonce) {
    const entry = this.#entries.get(nonce);
    if (entry?.status === "failed") this.#change(entry, { status: "waiting", reason: null });
  }

  /** Takes a failed or waiting one back. @param {string} nonce @returns {Entry|null} what it said */
  discard(nonce) {
    const entry = this.#entries.get(nonce);
    if (!entry) return null;
    this.arrived(nonce);
    return entry;
  }

  /** @param {Entry} entry @param {Partial<Entry>} fields */
  #change(entry, fields) {
    const next = { ...entry, ...fields };
    this.#entries.set(entry.nonce, next);
    if (next.status !== "sending") this.#shelf.put(next);
  }
}

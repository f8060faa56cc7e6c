/**
 * Changes to messages that are stored already, on their way to the server: edits, deletions and
 * reactions. Each shows at once and is taken back when it is refused; a refused edit keeps its text.
 * All of them may be sent twice without harm, so after a broken line they simply go again; edits and
 * deletions outlive a reload.
 */
import { memoryStore } from "./drafts.js";
import { PASSING, edit, makeNonce, react, remove } from "./protocol.js";
import { Shelf } from "./shelf.js";

/**
 * @typedef {import("./protocol.js").Command} Command
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {{nonce: string, room: string, seq: number, status: "waiting"|"sending"|"stored"|"failed",
 *   change: number, sentAt: number, reason: string|null, order: number}} Base
 * @typedef {Base & {kind: "edit", text: string}} EditChange
 * @typedef {Base & {kind: "delete"}} DeleteChange
 * @typedef {Base & {kind: "react", emoji: string, on: boolean}} ReactChange
 * @typedef {EditChange | DeleteChange | ReactChange} Change
 * @typedef {{edit: EditChange|null, gone: boolean, reacted: ReadonlyMap<string, boolean>|null}} Over
 *   what is under way for one message: `reacted` holds emoji → whether it shall be mine
 */

const UNANSWERED_MS = 15_000;
const PAUSE_S = 3;

export class Changes {
  /** @type {Map<string, Change>} by nonce, in the order of asking */
  #changes = new Map();
  #pausedUntil = 0;
  #now;
  #shelf;
  #order = 0;
  /** @type {Set<string>} what was found on this device, where other windows find it too */
  #found = new Set();

  /** @param {{now?: () => number, store?: import("./shelf.js").Store, person?: string}} [options] */
  constructor({ now = Date.now, store = memoryStore(), person = "" } = {}) {
    this.#now = now;
    this.#shelf = new Shelf(store, "change", person);
    for (const change of this.#shelf.all()) {
      if (!isChange(change)) continue;
      this.#changes.set(change.nonce, change);
      this.#found.add(change.nonce);
    }
  }

  /** @param {string} room @param {number} seq @param {string} text */
  edit(room, seq, text) {
    this.#add({ ...this.#base(room, seq), kind: "edit", text });
  }

  /** @param {string} room @param {number} seq */
  remove(room, seq) {
    this.#add({ ...this.#base(room, seq), kind: "delete" });
  }

  /** @param {string} room @param {number} seq @param {string} emoji @param {boolean} on */
  react(room, seq, emoji, on) {
    this.#add({ ...this.#base(room, seq), kind: "react", emoji, on });
  }

  /** @param {string} nonce */
  get(nonce) {
    return this.#changes.get(nonce);
  }

  /** @returns {Command[]} what may go now, one for each thing that is changed; counts as sent from here */
  take() {
    if (this.pausedFor > 0) return [];
    this.#settledElsewhere();
    const busy = new Set();
    const commands = [];
    for (const change of this.#changes.values()) {
      const target = targetOf(change);
      if (change.status === "sending") busy.add(target);
      if (change.status !== "waiting" || busy.has(target)) continue;
      busy.add(target);
      change.status = "sending";
      change.sentAt = this.#now();
      commands.push(commandOf(change));
    }
    return commands;
  }

  /** The line broke, or an answer is long overdue: these go again. @param {boolean} [overdueOnly] @returns {boolean} whether any do */
  interrupted(overdueOnly = false) {
    let any = false;
    for (const change of this.#changes.values()) {
      if (change.status !== "sending") continue;
      if (overdueOnly && this.#now() - change.sentAt < UNANSWERED_MS) continue;
      change.status = "waiting";
      any = true;
    }
    return any;
  }

  /** Stored; it shows until the state of that number is here. @param {string} nonce @param {number} number @returns {Change|null} */
  acked(nonce, number) {
    const change = this.#changes.get(nonce);
    if (!change) return null;
    change.status = "stored";
    change.change = number;
    this.#shelf.remove(nonce);
    return change;
  }

  /**
   * @param {string} nonce
   * @param {{code: string, detail?: string, retry_after?: number}} error
   * @returns {Change|null} what was refused for good, null when it waits or is not from here
   */
  refused(nonce, { code, detail, retry_after: after }) {
    const change = this.#changes.get(nonce);
    if (!change) return null;
    if (PASSING.has(code)) {
      change.status = "waiting";
      this.#pausedUntil = this.#now() + Math.max(0.2, after ?? PAUSE_S) * 1000;
      return null;
    }
    if (change.kind === "edit" && code !== "not_found" && !this.#newer(change)) {
      change.status = "failed";
      change.reason = detail ?? code;
      this.#save(change);
    } else this.#drop(nonce);
    return change;
  }

  /** A state came: what it settles is forgotten. @param {string} room @param {{seq: number, change: number, deleted?: boolean}} state */
  arrived(room, state) {
    for (const [nonce, change] of this.#changes) {
      if (change.room !== room || change.seq !== state.seq) continue;
      const settled = change.status === "stored" && state.change >= change.change;
      if (settled || state.deleted) this.#drop(nonce);
    }
  }

  /** The room is complete up to here, or was read anew. @param {string} room @param {number} head */
  settled(room, head) {
    for (const [nonce, change] of this.#changes) {
      if (change.room === room && change.status === "stored" && change.change <= head) {
        this.#drop(nonce);
      }
    }
  }

  /** Sends a refused edit again. @param {string} nonce */
  retry(nonce) {
    const change = this.#changes.get(nonce);
    if (change?.status === "failed") {
      change.status = "waiting";
      change.reason = null;
      this.#save(change);
    }
  }

  /** @param {string} nonce @returns {Change|null} what is no longer wanted */
  discard(nonce) {
    const change = this.#changes.get(nonce) ?? null;
    this.#drop(nonce);
    return change;
  }

  /** @returns {number} ms until something may be sent again, 0 when it may */
  get pausedFor() {
    return Math.max(0, this.#pausedUntil - this.#now());
  }

  /** @param {string} room @returns {ReadonlyMap<number, Over>} seq → what is under way there */
  over(room) {
    /** @type {Map<number, Over>} */
    const all = new Map();
    for (const change of this.#changes.values()) {
      if (change.room !== room) continue;
      const over = all.get(change.seq) ?? { edit: null, gone: false, reacted: null };
      if (change.kind === "edit") over.edit = { ...change };
      else if (change.kind === "delete") over.gone = true;
      else over.reacted = new Map(over.reacted ?? []).set(change.emoji, change.on);
      all.set(change.seq, over);
    }
    return all;
  }

  /** Whether the same thing was changed once more meanwhile. @param {Change} change */
  #newer(change) {
    const same = [...this.#changes.values()].filter((one) => targetOf(one) === targetOf(change));
    return same.at(-1) !== change;
  }

  /** A later wish for the same thing takes the place of one that has not gone out. @param {Change} change */
  #add(change) {
    const target = targetOf(change);
    for (const [nonce, known] of this.#changes) {
      if (targetOf(known) === target && known.status !== "sending") this.#drop(nonce);
    }
    this.#changes.set(change.nonce, change);
    this.#save(change);
  }

  /** @param {string} room @param {number} seq @returns {Base} */
  #base(room, seq) {
    this.#order = Math.max(this.#order + 1, this.#now());
    const nonce = makeNonce();
    return { nonce, room, seq, status: "waiting", change: 0, sentAt: 0, reason: null, order: this.#order };
  }

  /** @param {Change} change a reaction is made again in a moment, should it get lost */
  #save(change) {
    if (change.kind !== "react") this.#shelf.put(change);
  }

  /** @param {string} nonce */
  #drop(nonce) {
    this.#changes.delete(nonce);
    this.#shelf.remove(nonce);
  }

  /** What another window has sent or given up meanwhile would only undo what was changed since. */
  #settledElsewhere() {
    for (const nonce of this.#found) {
      const waits = this.#changes.get(nonce)?.status === "waiting";
      if (waits && !this.#shelf.has(nonce)) this.#changes.delete(nonce);
    }
  }
}

/** @param {any} thing from the store @returns {thing is EditChange|DeleteChange} */
function isChange({ kind, seq, text }) {
  return Number.isInteger(seq) && (kind === "delete" || (kind === "edit" && typeof text === "string"));
}

/** @param {Change} change @returns {string} what of which message it changes */
function targetOf(change) {
  const what = change.kind === "react" ? change.emoji : change.kind;
  return `${change.room} ${change.seq} ${what}`;
}

/** @param {Change} change @returns {Command} */
function commandOf(change) {
  const { room, nonce, seq } = change;
  if (change.kind === "edit") return edit(room, nonce, seq, change.text);
  if (change.kind === "delete") return remove(room, nonce, seq);
  return react(room, nonce, seq, change.emoji, change.on);
}

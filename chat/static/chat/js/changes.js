/**
 * Changes to messages that are stored already, on their way to the server: edits, deletions and
 * reactions. Each shows at once and is taken back when it is refused; a refused edit keeps its text.
 * All of them may be sent twice without harm, so after a broken line they simply go again.
 */
import { PASSING, edit, makeNonce, react, remove } from "./protocol.js";

/**
 * @typedef {import("./protocol.js").Command} Command
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {{nonce: string, room: string, seq: number, status: "waiting"|"sending"|"stored"|"failed",
 *   change: number, sentAt: number, reason: string|null}} Base
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

  /** @param {{now?: () => number}} [options] */
  constructor({ now = Date.now } = {}) {
    this.#now = now;
  }

  /** @param {string} room @param {number} seq @param {string} text */
  edit(room, seq, text) {
    this.#add({ ...base(room, seq), kind: "edit", text });
  }

  /** @param {string} room @param {number} seq */
  remove(room, seq) {
    this.#add({ ...base(room, seq), kind: "delete" });
  }

  /** @param {string} room @param {number} seq @param {string} emoji @param {boolean} on */
  react(room, seq, emoji, on) {
    this.#add({ ...base(room, seq), kind: "react", emoji, on });
  }

  /** @param {string} nonce */
  get(nonce) {
    return this.#changes.get(nonce);
  }

  /** @returns {Command[]} what may go now, one for each thing that is changed; counts as sent from here */
  take() {
    if (this.pausedFor > 0) return [];
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
    } else this.#changes.delete(nonce);
    return change;
  }

  /** A state came: what it settles is forgotten. @param {string} room @param {{seq: number, change: number, deleted?: boolean}} state */
  arrived(room, state) {
    for (const [nonce, change] of this.#changes) {
      if (change.room !== room || change.seq !== state.seq) continue;
      const settled = change.status === "stored" && state.change >= change.change;
      if (settled || state.deleted) this.#changes.delete(nonce);
    }
  }

  /** The room is complete up to here, or was read anew. @param {string} room @param {number} head */
  settled(room, head) {
    for (const [nonce, change] of this.#changes) {
      if (change.room === room && change.status === "stored" && change.change <= head) {
        this.#changes.delete(nonce);
      }
    }
  }

  /** Sends a refused edit again. @param {string} nonce */
  retry(nonce) {
    const change = this.#changes.get(nonce);
    if (change?.status === "failed") {
      change.status = "waiting";
      change.reason = null;
    }
  }

  /** @param {string} nonce @returns {Change|null} what is no longer wanted */
  discard(nonce) {
    const change = this.#changes.get(nonce) ?? null;
    this.#changes.delete(nonce);
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
      if (targetOf(known) === target && known.status !== "sending") this.#changes.delete(nonce);
    }
    this.#changes.set(change.nonce, change);
  }
}

/** @param {string} room @param {number} seq @returns {Base} */
function base(room, seq) {
  return { nonce: makeNonce(), room, seq, status: "waiting", change: 0, sentAt: 0, reason: null };
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

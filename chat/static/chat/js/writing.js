/**
 * What one is writing in each room: something new, a reply, or an edit of what stands already.
 * An edit puts the draft aside and gives it back afterwards, and outlives a reload; nothing typed
 * is ever lost.
 */

/**
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {{kind: "new"} | {kind: "reply", said: Said} | {kind: "edit", said: Said}} Mode
 * @typedef {{mode: Mode, draft: string, text: string}} State
 *   draft: what waits while an edit is under way; text: the edit as far as it is written
 */

import { Drafts, memoryStore } from "./drafts.js";

/** @type {Mode} */
const NEW = { kind: "new" };

export class Writing {
  /** @type {Map<string, State>} by room, only where it is not something new */
  #states = new Map();
  /** @type {Set<string>} rooms where something was typed, or an edit has come up again */
  #touched = new Set();
  #drafts;

  /** @param {import("./drafts.js").Drafts} [drafts] */
  constructor(drafts = new Drafts(memoryStore(), "")) {
    this.#drafts = drafts;
  }

  /** @param {string} room @returns {Mode} */
  mode(room) {
    return this.#states.get(room)?.mode ?? NEW;
  }

  /** @param {string} room @param {Said} said @param {string} text what stands in the field @returns {string} what shall stand there */
  reply(room, said, text) {
    const draft = this.mode(room).kind === "edit" ? this.cancel(room) : text;
    this.#states.set(room, { mode: { kind: "reply", said }, draft: "", text: "" });
    return draft ?? text;
  }

  /**
   * @param {string} room
   * @param {Said} said
   * @param {string} text what stands in the field
   * @param {string} [edited] what the edit begins with, by default what was left half-written or
   *   the message's own text
   * @returns {string} what shall stand there
   */
  edit(room, said, text, edited = this.#drafts.get(keyOf(said)) || said.text) {
    const before = this.#states.get(room);
    const draft = before?.mode.kind === "edit" ? before.draft : text;
    this.#states.set(room, { mode: { kind: "edit", said }, draft, text: edited });
    return edited;
  }

  /** An edit as it is typed. @param {string} room @param {string} text @returns {boolean} whether it is one */
  hold(room, text) {
    this.#touched.add(room);
    const state = this.#states.get(room);
    if (state?.mode.kind !== "edit") return false;
    state.text = text;
    this.#drafts.set(keyOf(state.mode.said), editOf(state.mode.said, text));
    return true;
  }

  /**
   * Another tab may have written here. What is untouched in this one follows: the draft, and an
   * edit, which is over where it was saved or given up there.
   * @param {string} room
   * @param {string} text what stands in the field
   * @returns {string|null} what shall stand there, null for what does
   */
  elsewhere(room, text) {
    const state = this.#states.get(room);
    if (state?.mode.kind !== "edit") return this.#drafts.news(room, text);
    state.draft = this.#drafts.news(room, state.draft) ?? state.draft;
    const { said } = state.mode;
    const edited = this.#drafts.news(keyOf(said), editOf(said, text));
    if (edited === null) return null;
    if (edited === "") return this.cancel(room);
    state.text = edited;
    return edited;
  }

  /**
   * Goes on with an edit that was left half-written, once its message is known here.
   * @param {string} room
   * @param {(seq: number) => import("./protocol.js").MessageState|undefined} at
   * @param {string} text what stands in the field
   * @returns {string|null} what shall stand there, null when there is none
   */
  resume(room, at, text) {
    if (this.#touched.has(room) || this.#states.has(room)) return null;
    for (const seq of this.#drafts.edits(room)) {
      const said = at(seq);
      if (said && !said.deleted) {
        this.#touched.add(room);
        return this.edit(room, said, text);
      }
    }
    return null;
  }

  /** @param {string} room @returns {string|null} an edit that was left half-done */
  held(room) {
    const state = this.#states.get(room);
    return state?.mode.kind === "edit" ? state.text : null;
  }

  /** Back to something new. @param {string} room @returns {string|null} what shall stand in the field, null for what does */
  cancel(room) {
    const state = this.#end(room);
    return state?.mode.kind === "edit" ? state.draft : null;
  }

  /**
   * The message that is answered or edited was deleted: what is being typed becomes something new.
   * @param {string} room
   * @returns {string|null} what shall stand in the field, null for what does
   */
  lost(room) {
    const state = this.#end(room);
    if (state?.mode.kind !== "edit") return null;
    return state.draft ? `${state.text}\n${state.draft}` : state.text;
  }

  /** @param {string} room @returns {State|undefined} what it was in the middle of */
  #end(room) {
    const state = this.#states.get(room);
    this.#states.delete(room);
    if (state?.mode.kind === "edit") this.#drafts.set(keyOf(state.mode.said), "");
    return state;
  }
}

/** @param {Said} said @param {string} text @returns {string} what is kept of its edit: nothing while it equals it */
function editOf(said, text) {
  return text === said.text ? "" : text;
}

/** @param {Said} said @returns {string} under which its edit is kept */
function keyOf({ room, seq }) {
  return `${room}.${seq}`;
}

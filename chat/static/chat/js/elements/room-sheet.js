/** <room-sheet>: about the open room: its invite, and the way out. */
import { Refused } from "../api.js";
import { find } from "../dom.js";
import { inviteCard } from "./invite-card.js";
import { closeOnBackdrop } from "./people-panel.js";

/**
 * @typedef {import("../protocol.js").Room} Room
 * @typedef {import("../strings.js").Say} Say
 */

export class RoomSheet extends HTMLElement {
  #stop = new AbortController();
  /** @type {Say} */
  #say = () => "";
  /** @type {(room: string) => Promise<void>} */
  #leave = async () => {};
  /** @type {(room: string, kept: {pinned?: boolean, muted?: boolean}) => Promise<void>} */
  #keep = async () => {};
  /** @type {Room|null} */
  #room = null;

  /**
   * @param {Say} say
   * @param {{leave: (room: string) => Promise<void>,
   *   keep: (room: string, kept: {pinned?: boolean, muted?: boolean}) => Promise<void>}} acts
   */
  bind(say, { leave, keep }) {
    this.#say = say;
    this.#leave = leave;
    this.#keep = keep;
    const { signal } = this.#stop;
    closeOnBackdrop(this.#dialog, signal);
    /** @type {[string, () => void][]} */
    const acts = [
      ["ask", () => this.#ask(true)],
      ["stay", () => this.#ask(false)],
      ["leave", () => void this.#go()],
      ["pin", () => void this.#toggle("pinned")],
      ["mute", () => void this.#toggle("muted")],
    ];
    for (const [act, run] of acts) {
      find(this, `[data-act="${act}"]`, HTMLElement).addEventListener("click", run, { signal });
    }
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  /** @param {Room} room @param {boolean} leaving whether one wants to leave it */
  show(room, leaving = false) {
    this.#room = room;
    this.#draw();
    find(this, "#room-sheet-title", HTMLElement).textContent = room.title;
    const card = inviteCard(room, this.#say);
    find(this, "[data-invite]", HTMLElement).replaceChildren(...(card ? [card] : []));
    find(this, "[data-leave]", HTMLElement).hidden = room.kind === "board";
    this.#error("");
    this.#dialog.showModal();
    this.#ask(leaving);
  }

  close() {
    this.#dialog.close();
  }

  get #dialog() {
    return find(this, "dialog", HTMLDialogElement);
  }

  #draw() {
    find(this, '[data-act="pin"]', HTMLElement).setAttribute("aria-pressed", String(this.#room?.pinned ?? false));
    find(this, '[data-act="mute"]', HTMLElement).setAttribute("aria-pressed", String(this.#room?.muted ?? false));
  }

  /** @param {"pinned"|"muted"} which */
  async #toggle(which) {
    const room = this.#room;
    if (!room) return;
    const on = !room[which];
    this.#room = { ...room, [which]: on };
    this.#draw();
    try {
      await this.#keep(room.id, { [which]: on });
    } catch (error) {
      this.#room = room;
      this.#draw();
      this.#error((error instanceof Refused && error.message) || this.#say("error.network"));
    }
  }

  /** @param {boolean} sure */
  #ask(sure) {
    find(this, "[data-sure]", HTMLElement).hidden = !sure;
    find(this, '[data-act="ask"]', HTMLElement).hidden = sure;
    if (sure) find(this, '[data-act="stay"]', HTMLElement).focus();
  }

  async #go() {
    if (!this.#room) return;
    try {
      await this.#leave(this.#room.id);
      this.close();
    } catch (error) {
      this.#error((error instanceof Refused && error.message) || this.#say("error.network"));
    }
  }

  /** @param {string} text */
  #error(text) {
    const line = find(this, "[data-leave] .error", HTMLElement);
    line.textContent = text;
    line.hidden = !text;
  }
}

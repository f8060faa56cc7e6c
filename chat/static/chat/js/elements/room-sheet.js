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
  /** @type {Room|null} */
  #room = null;

  /** @param {Say} say @param {(room: string) => Promise<void>} leave */
  bind(say, leave) {
    this.#say = say;
    this.#leave = leave;
    const { signal } = this.#stop;
    closeOnBackdrop(this.#dialog, signal);
    /** @type {[string, () => void][]} */
    const acts = [
      ["ask", () => this.#ask(true)],
      ["stay", () => this.#ask(false)],
      ["leave", () => void this.#go()],
    ];
    for (const [act, run] of acts) {
      find(this, `[data-act="${act}"]`, HTMLElement).addEventListener("click", run, { signal });
    }
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  /** @param {Room} room */
  show(room) {
    this.#room = room;
    find(this, "#room-sheet-title", HTMLElement).textContent = room.title;
    const card = inviteCard(room, this.#say);
    find(this, "[data-invite]", HTMLElement).replaceChildren(...(card ? [card] : []));
    find(this, "[data-leave]", HTMLElement).hidden = room.kind === "board";
    this.#ask(false);
    this.#error("");
    this.#dialog.showModal();
  }

  close() {
    this.#dialog.close();
  }

  get #dialog() {
    return find(this, "dialog", HTMLDialogElement);
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

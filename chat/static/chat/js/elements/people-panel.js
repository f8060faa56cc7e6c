/** <people-panel>: who is in the room now, by name, up to a hundred. */
import { face, find, make } from "../dom.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../strings.js").Say} Say
 * @typedef {import("../protocol.js").Person} Person
 */

export class PeoplePanel extends HTMLElement {
  #stop = new AbortController();
  /** @type {Chat|null} */
  #chat = null;
  /** @type {Say} */
  #say = () => "";

  /** @param {Chat} chat @param {Say} say */
  bind(chat, say) {
    this.#chat = chat;
    this.#say = say;
    const { signal } = this.#stop;
    chat.addEventListener("people", () => {
      if (this.#dialog.open) this.#draw();
    }, { signal });
    closeOnBackdrop(this.#dialog, signal);
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  show() {
    this.#draw();
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  close() {
    this.#dialog.close();
  }

  get #dialog() {
    return find(this, "dialog", HTMLDialogElement);
  }

  #draw() {
    const presence = this.#chat?.presence ?? { count: 0, people: [] };
    const { count, people } = presence;
    find(this, "#people-title", HTMLElement).textContent = this.#say("people.title");
    find(this, ".people", HTMLElement).replaceChildren(...this.#sorted(people).map((one) => this.#person(one)));
    const note = find(this, ".sheet-body > .hint", HTMLElement);
    const more = count - people.length;
    note.hidden = more <= 0 && count > 0;
    note.textContent = this.#say(count > 0 ? "people.more" : "people.none", { count: more });
  }

  /** I first, then who looks after the place, then by name. @param {readonly Person[]} people */
  #sorted(people) {
    const me = this.#chat?.me?.id;
    /** @param {Person} one */
    const rank = (one) => (one.id === me ? 0 : one.kind === "staff" ? 1 : 2);
    return [...people].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  }

  /** @param {Person} person */
  #person(person) {
    const item = make("li", "", face(person.id, person.name));
    item.append(make("bdi", "name", person.name));
    if (person.id === this.#chat?.me?.id) item.append(make("span", "hint", this.#say("tag.me")));
    if (person.kind === "staff") item.append(make("span", "tag", this.#say("tag.staff")));
    if (person.kind === "bot") item.append(make("span", "tag", this.#say("tag.bot")));
    return item;
  }
}

/** A click beside a sheet closes it. @param {HTMLDialogElement} dialog @param {AbortSignal} signal */
export function closeOnBackdrop(dialog, signal) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  }, { signal });
}

/**
 * The list of names above the field while an `@` is being typed. Never touches the field's text
 * while the input method holds signs: it looks on, and writes only once a name is chosen.
 */
import { face, make } from "../dom.js";
import { candidates, mentionAt, spelled } from "../mentions.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../protocol.js").Author} Author
 * @typedef {import("./compose-field.js").ComposeField} ComposeField
 * @typedef {(room: string, query: string) => Promise<Author[]>} Ask
 */

const ASK_AFTER_MS = 120;

export class MentionPicker {
  #field;
  #chat;
  #ask;
  #list;
  /** @type {Author[]} */
  #shown = [];
  #active = 0;
  /** @type {import("../mentions.js").Spot|null} */
  #spot = null;
  /** Where an `@` stands that is spelled out or was waved away. */
  #done = -1;
  /** @type {Map<string, Author[]>} what the server said, by room and query */
  #known = new Map();
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;

  /** @param {ComposeField} field @param {HTMLElement} place @param {{chat: Chat, ask: Ask, label: string}} parts */
  constructor(field, place, { chat, ask, label }) {
    this.#field = field;
    this.#chat = chat;
    this.#ask = ask;
    this.#list = make("ul", "mentions");
    this.#list.id = "mentions";
    this.#list.hidden = true;
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", label);
    // It may scroll. Tab never comes here: it writes the name that is marked.
    this.#list.tabIndex = 0;
    // The field keeps the focus, and on a phone the keyboard.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => this.#clicked(event));
    place.append(this.#list);
    field.element.setAttribute("aria-autocomplete", "list");
    field.element.setAttribute("aria-haspopup", "listbox");
    field.element.setAttribute("aria-controls", "mentions");
  }

  get open() {
    return !this.#list.hidden;
  }

  /** Whether Enter means to choose; a name that is typed to its end needs no choosing. */
  get choosing() {
    const [only, other] = this.#shown;
    return this.open && (Boolean(other) || only?.name !== this.#spot?.query.normalize());
  }

  /** The text or the caret moved. */
  update() {
    const { element } = this.#field;
    const spot = mentionAt(element.value, element.selectionStart);
    if (!spot || element.selectionStart !== element.selectionEnd) this.#done = -1;
    this.#spot = spot && spot.start !== this.#done ? spot : null;
    clearTimeout(this.#timer);
    if (!this.#spot) this.#show([]);
    else {
      this.#offer();
      this.#timer = setTimeout(() => void this.#fetch(), ASK_AFTER_MS);
    }
  }

  close() {
    clearTimeout(this.#timer);
    this.#done = this.#spot?.start ?? -1;
    this.#spot = null;
    this.#show([]);
  }

  /** @param {KeyboardEvent} event outside compositions only @returns {boolean} whether it is used up */
  key(event) {
    if (!this.open) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#activate((this.#active + step + this.#shown.length) % this.#shown.length);
    } else if (event.key === "Tab" || (event.key === "Enter" && this.choosing)) this.choose();
    else if (event.key === "Escape") this.close();
    else return false;
    return true;
  }

  /** Writes the name that is marked. */
  choose(at = this.#active) {
    const person = this.#shown[at];
    const spot = this.#spot;
    const { element } = this.#field;
    if (!person || !spot) return;
    // Ends a composition, should there be one, the way leaving the field does.
    if (this.#field.composing) element.blur();
    element.focus();
    const text = spelled(person.name, element.value.slice(spot.end));
    this.#done = spot.start;
    element.setSelectionRange(spot.start, spot.end);
    // As if typed, so that it can be undone.
    if (!document.execCommand("insertText", false, text)) element.setRangeText(text, spot.start, spot.end, "end");
    this.#spot = null;
    this.#show([]);
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    if (option) this.choose([...this.#list.children].indexOf(option));
  }

  /** Who is known here: those present, those who spoke last, those the server named. */
  #offer() {
    const room = this.#chat.open;
    const query = this.#spot?.query ?? "";
    if (!room) return;
    const spoke = this.#chat.timeline(room).rows.slice(-200).reverse().map(({ author }) => author);
    const here = /** @type {Author[]} */ (this.#chat.presence?.people ?? []);
    const named = this.#known.get(`${room} ${query}`) ?? [];
    this.#show(candidates(query, [...spoke, ...here, ...named], this.#chat.me?.id ?? ""));
  }

  async #fetch() {
    const room = this.#chat.open;
    const query = this.#spot?.query;
    if (!room || query === undefined || this.#known.has(`${room} ${query}`)) return;
    try {
      this.#known.set(`${room} ${query}`, await this.#ask(room, query));
    } catch {
      // Then those who are known here must do.
      return;
    }
    if (this.#spot?.query === query) this.#offer();
  }

  /** @param {Author[]} people */
  #show(people) {
    const same = people.length === this.#shown.length
      && people.every(({ id, name }, at) => id === this.#shown[at]?.id && name === this.#shown[at]?.name);
    if (same) return;
    const marked = this.#shown[this.#active]?.id;
    this.#shown = people;
    this.#list.replaceChildren(...people.map((person, at) => this.#option(person, at)));
    this.#list.hidden = people.length === 0;
    this.#activate(Math.max(0, people.findIndex(({ id }) => id === marked)));
  }

  /** @param {Author} person @param {number} at */
  #option({ id, name }, at) {
    const small = face(id, name);
    small.classList.add("small");
    const option = make("li", "", small, make("bdi", "clip", name));
    option.id = `mention-${at}`;
    option.setAttribute("role", "option");
    return option;
  }

  /** @param {number} at */
  #activate(at) {
    this.#active = at;
    const { element } = this.#field;
    for (const [place, option] of [...this.#list.children].entries()) {
      option.setAttribute("aria-selected", String(place === at));
    }
    if (this.open) {
      element.setAttribute("aria-activedescendant", `mention-${at}`);
      this.#list.children[at]?.scrollIntoView({ block: "nearest" });
    } else element.removeAttribute("aria-activedescendant");
  }
}

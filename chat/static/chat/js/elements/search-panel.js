/**
 * <search-panel>: finds messages in all one's rooms. Loaded when it is first opened, and makes its
 * own parts. Hits are links to their messages; words found are marked by text nodes.
 */
import { Refused, search } from "../api.js";
import { button, find, make } from "../dom.js";
import { beginning, Search } from "../search.js";
import { systemClock } from "../socket.js";
import { sayer } from "../strings.js";
import { SEARCH } from "../strings/search.js";
import { closeOnBackdrop } from "./people-panel.js";
import { offer, renderHit, searchDialog } from "./search-parts.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../search.js").Hit} Hit
 * @typedef {import("../strings.js").Say} Say
 * @typedef {import("../time.js").Times} Times
 */

/**
 * Opens the one panel of the page, once its style is there.
 * @param {HTMLElement} shell @param {string} style @param {Chat} chat @param {Times} times
 */
export function openSearch(shell, style, chat, times) {
  const made = shell.querySelector("search-panel");
  if (made instanceof SearchPanel) {
    made.show();
    return;
  }
  const panel = new SearchPanel();
  panel.bind(chat, document.documentElement.lang, times);
  shell.append(panel);
  const link = make("link");
  link.rel = "stylesheet";
  link.href = style;
  // Shown even without: a plain search is better than none.
  for (const end of ["load", "error"]) link.addEventListener(end, () => panel.show(), { once: true });
  document.head.append(link);
}

export class SearchPanel extends HTMLElement {
  #stop = new AbortController();
  #search = new Search({ ask: search, changed: () => this.#draw(), clock: systemClock });
  /** @type {Say} */
  #say = () => "";
  /** @type {Times|null} */
  #times = null;
  /** @type {Chat|null} */
  #chat = null;
  /** @type {Map<string, string>} those who may be asked for, by id */
  #people = new Map();
  #composing = false;
  /** @type {readonly Hit[]} */
  #shown = [];

  /** @param {Chat} chat @param {string} lang @param {Times} times */
  bind(chat, lang, times) {
    this.#chat = chat;
    this.#times = times;
    this.#say = sayer(lang, SEARCH);
    this.append(searchDialog(this.#say, () => this.close()));
    const { signal } = this.#stop;
    const form = find(this, "form.search-form", HTMLFormElement);
    const field = this.#field;
    closeOnBackdrop(this.#dialog, signal);
    chat.addEventListener("turned", () => {
      const shown = this.#results.querySelectorAll("time");
      for (const [at, hit] of this.#shown.entries()) {
        const fresh = renderHit(hit, times).querySelector("time");
        if (fresh) shown[at]?.replaceWith(fresh);
      }
    }, { signal });
    this.#dialog.addEventListener("close", () => this.#closed(), { signal });
    field.addEventListener("compositionstart", () => (this.#composing = true), { signal });
    field.addEventListener("compositionend", () => {
      this.#composing = false;
      this.#search.type(this.#question());
    }, { signal });
    // What an input method still holds may become another syllable with the next key.
    field.addEventListener("input", () => {
      if (!this.#composing) this.#search.type(this.#question());
    }, { signal });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search.now(this.#question());
    }, { signal });
    find(this, ".search-filters", HTMLElement).addEventListener("change", () => this.#filtered(), { signal });
    this.#dialog.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#results.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("a")) this.close();
    }, { signal });
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  /** Opens it, with what was looked for the last time. */
  show() {
    if (this.#dialog.open) return;
    this.#offerRooms();
    this.#offerPeople();
    this.#dialog.showModal();
    this.#field.select();
    this.#search.now(this.#question());
    this.#draw();
  }

  close() {
    this.#dialog.close();
  }

  get #dialog() {
    return find(this, "dialog", HTMLDialogElement);
  }

  get #field() {
    return find(this, "input[type=search]", HTMLInputElement);
  }

  get #results() {
    return find(this, ".hits", HTMLOListElement);
  }

  /** @returns {import("../search.js").Question} what the fields ask for */
  #question() {
    const value = (/** @type {string} */ name) => find(this, `[name=${name}]`, HTMLElement);
    const text = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (value(name)).value;
    /** @type {import("../search.js").Question} */
    const question = { q: this.#field.value.trim() };
    const given = {
      room: text("room"),
      person: text("person"),
      from: beginning(text("from")),
      to: beginning(text("to"), 1),
    };
    for (const [name, one] of Object.entries(given)) if (one) Object.assign(question, { [name]: one });
    return question;
  }

  #filtered() {
    if (!this.#wrongDates) this.#search.now(this.#question());
    this.#draw();
  }

  #clear() {
    for (const one of this.querySelectorAll(".search-filters .field")) {
      /** @type {HTMLInputElement} */ (one).value = "";
    }
    this.#again(() => this.#filtered());
  }

  get #wrongDates() {
    const { from, to } = this.#question();
    return from !== undefined && to !== undefined && from >= to;
  }

  #closed() {
    this.#search.stop();
  }

  /** Asks for more, or again. The button goes, so the focus goes on to where the answer will be. @param {() => void} ask */
  #again(ask) {
    const last = this.#results.querySelector("li:last-child a");
    (last instanceof HTMLElement ? last : find(this, ".search-body", HTMLElement)).focus();
    ask();
  }

  /** Down from the field into the hits, up and down among them, up into the field again; Esc leaves. @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape" && event.target === this.#field && !event.isComposing) {
      // Browsers empty a search field first; it is kept for the next time.
      event.preventDefault();
      this.close();
    }
    if (event.isComposing || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    const links = [...this.#results.querySelectorAll("a")];
    const at = links.findIndex((link) => link === document.activeElement);
    if (at < 0 && (document.activeElement !== this.#field || event.key === "ArrowUp")) return;
    event.preventDefault();
    const next = event.key === "ArrowDown" ? links[at + 1] ?? links[at] : links[at - 1];
    (next ?? this.#field).focus();
  }

  #offerRooms() {
    const { board, mine } = this.#chat?.rooms.sections ?? { board: null, mine: [] };
    const rooms = [...(board ? [board] : []), ...mine];
    /** @type {[string, string][]} */
    const options = rooms.map(({ id, title }) => [id, title]);
    offer(find(this, "[name=room]", HTMLSelectElement), [["", this.#say("search.all_rooms")], ...options]);
  }

  /** Those one is likely to mean: who is here, who spoke in the open room, who was found. */
  #offerPeople() {
    const chat = this.#chat;
    for (const { id, name } of chat?.presence?.people ?? []) this.#people.set(id, name);
    const rows = chat?.open ? chat.timeline(chat.open).rows : [];
    for (const { author } of rows) this.#people.set(author.id, author.name);
    for (const { message } of this.#search.hits) this.#people.set(message.author.id, message.author.name);
    const options = [...this.#people].sort(([, a], [, b]) => a.localeCompare(b));
    offer(find(this, "[name=person]", HTMLSelectElement), [["", this.#say("search.anyone")], ...options]);
  }

  #draw() {
    const { phase, hits } = this.#search;
    const goesOn = this.#shown.every((hit, at) => hit === hits[at]);
    const fresh = (goesOn ? hits.slice(this.#shown.length) : hits).map((hit) => renderHit(hit, this.#times));
    if (goesOn) this.#results.append(...fresh);
    else this.#results.replaceChildren(...fresh);
    this.#shown = hits;
    this.#results.hidden = hits.length === 0;
    this.#dialog.classList.toggle("busy", phase === "loading");
    find(this, ".search-status", HTMLElement).replaceChildren(...this.#status());
    find(this, ".search-rest", HTMLElement).replaceChildren(...this.#rest());
    if (phase === "done") this.#offerPeople();
  }

  /** @returns {(Node|string)[]} one sentence about how it stands, and what helps */
  #status() {
    const say = this.#say;
    const { phase, hits, next, question, error } = this.#search;
    if (this.#wrongDates) return [make("span", "error", say("search.dates"))];
    if (phase === "failed") {
      const reason = (error instanceof Refused && error.message) || say("search.failed");
      return [make("span", "error", reason), button(say("search.retry"), () => this.#again(() => this.#search.retry()))];
    }
    if (phase === "loading") return [say("search.loading")];
    if (phase === "idle") return [say("search.hint"), make("br"), say("search.hint_initials")];
    if (hits.length > 0) return [say(next === null ? "search.found" : "search.found_more", { count: hits.length })];
    if (next !== null) return [say("search.nothing_yet")];
    const { q, ...filters } = question;
    const narrow = Object.keys(filters).length > 0;
    return [
      make("strong", "", say("search.nothing", { query: q })),
      make("br"),
      narrow ? button(say("search.clear"), () => this.#clear()) : say("search.nothing_hint"),
    ];
  }

  #rest() {
    const { phase, hits, next, partial } = this.#search;
    const parts = [];
    if (phase === "done" && next !== null) {
      const words = hits.length > 0 ? "search.more" : "search.on";
      const more = button(this.#say(words), () => this.#again(() => this.#search.more()));
      more.className = "button";
      parts.push(more);
    }
    if (phase === "done" && partial) parts.push(make("p", "hint", this.#say("search.partial")));
    return parts;
  }
}

customElements.define("search-panel", SearchPanel);

/**
 * <message-composer>: where one writes. Sends on Enter as EnterKey decides, keeps a draft a room,
 * counts near the limit, and says when the server asks to wait. Never loses what was typed.
 */
import { find } from "../dom.js";
import { EnterKey } from "../enter-key.js";
import { systemClock } from "../socket.js";
import { room as roomLeft, visible } from "../text.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../drafts.js").Drafts} Drafts
 * @typedef {import("../strings.js").Say} Say
 */

const GHOST_MS = 300;

export class MessageComposer extends HTMLElement {
  #stop = new AbortController();
  /** @type {Chat|null} */
  #chat = null;
  /** @type {Drafts|null} */
  #drafts = null;
  /** @type {Say} */
  #say = () => "";
  #sent = () => {};
  /** @type {string|null} */
  #room = null;
  /** @type {ReturnType<typeof setInterval>|null} */
  #countdown = null;
  /** What the input method held when the field was emptied; it may write that back. */
  #ghost = { text: "", until: 0 };
  #held = "";
  #enter = new EnterKey({
    send: () => this.#send(),
    clock: systemClock,
    newline: () => matchMedia("(pointer: coarse)").matches,
  });

  /** @param {Chat} chat @param {Drafts} drafts @param {Say} say @param {() => void} sent */
  bind(chat, drafts, say, sent) {
    this.#chat = chat;
    this.#drafts = drafts;
    this.#say = say;
    this.#sent = sent;
    const { signal } = this.#stop;
    this.#listen(this.#field, signal);
    find(this, "form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    }, { signal });
    // The button never takes the focus: on a phone that would close the keyboard.
    for (const type of ["pointerdown", "mousedown"]) {
      this.#button.addEventListener(type, (event) => event.preventDefault(), { signal });
    }
    chat.addEventListener("outbox", () => this.#update(), { signal });
    chat.addEventListener("rooms", () => this.#update(), { signal });
    chat.addEventListener("connection", () => this.#update(), { signal });
    window.addEventListener("pagehide", () => this.#keep(), { signal });
  }

  disconnectedCallback() {
    this.#stop.abort();
    if (this.#countdown !== null) clearInterval(this.#countdown);
  }

  /** Another room is open now: its draft takes the place. */
  opened() {
    const room = this.#chat?.open ?? null;
    if (room === this.#room) return;
    this.#keep();
    this.#room = room;
    this.#write(room ? (this.#drafts?.get(room) ?? "") : "");
  }

  /** @param {string} text to write on, in front of what stands there */
  take(text) {
    const rest = this.#field.value;
    this.#write(rest ? `${text}\n${rest}` : text);
    this.focus();
  }

  /** Puts the caret at the end of what stands here. @override */
  focus() {
    this.#field.focus();
    this.#field.setSelectionRange(this.#field.value.length, this.#field.value.length);
  }

  get #field() {
    return find(this, "textarea", HTMLTextAreaElement);
  }

  get #button() {
    return find(this, ".send", HTMLButtonElement);
  }

  /** @param {HTMLTextAreaElement} field @param {AbortSignal} signal */
  #listen(field, signal) {
    field.addEventListener("keydown", (event) => {
      if (this.#enter.keydown(event)) event.preventDefault();
    }, { signal });
    field.addEventListener("keyup", (event) => this.#enter.keyup(event), { signal });
    field.addEventListener("compositionstart", () => this.#enter.compositionstart(), { signal });
    field.addEventListener("compositionupdate", (event) => {
      this.#held = event.data;
    }, { signal });
    field.addEventListener("compositionend", (event) => {
      this.#enter.compositionend(event.data);
    }, { signal });
    field.addEventListener("beforeinput", (event) => {
      if (this.#enter.beforeinput(event)) event.preventDefault();
    }, { signal });
    field.addEventListener("input", () => this.#typed(), { signal });
    field.addEventListener("blur", () => this.#keep(), { signal });
  }

  #typed() {
    const field = this.#field;
    if (this.#ghost.text && field.value === this.#ghost.text && Date.now() < this.#ghost.until) {
      field.value = "";
    }
    this.#ghost.text = "";
    this.#keep();
    this.#update();
  }

  #send() {
    const chat = this.#chat;
    const text = this.#field.value;
    if (!chat || !this.#room || !this.#allowed(text)) return;
    this.#ghost = { text: this.#enter.composing ? this.#held : "", until: Date.now() + GHOST_MS };
    chat.send(text);
    this.#write("");
    this.#keep();
    this.#sent();
  }

  /** @param {string} text */
  #allowed(text) {
    const chat = this.#chat;
    if (!chat || !this.#room || !visible(text)) return false;
    if (roomLeft(text, chat.limits).over) return false;
    return chat.outbox.pausedFor(this.#room) === 0 && !this.#closed;
  }

  get #closed() {
    return (this.#room && this.#chat?.rooms.get(this.#room)?.closed) || false;
  }

  /** @param {string} text */
  #write(text) {
    this.#field.value = text;
    this.#update();
  }

  #keep() {
    if (this.#room) this.#drafts?.set(this.#room, this.#field.value);
  }

  #update() {
    const field = this.#field;
    this.#button.disabled = !this.#allowed(field.value);
    find(this, ".composer", HTMLElement).hidden = this.#closed;
    find(this, ".composer-closed", HTMLElement).hidden = !this.#closed;
    grow(field);
    this.#note();
  }

  /** One line above the field: how long to wait, or what is left to write. */
  #note() {
    const chat = this.#chat;
    if (!chat) return;
    const note = find(this, ".composer-note", HTMLElement);
    const wait = this.#room ? chat.outbox.pausedFor(this.#room) : 0;
    this.#tick(wait > 0);
    const { left, over } = roomLeft(this.#field.value, chat.limits);
    note.classList.toggle("warn", over);
    if (wait > 0) setText(note, this.#waiting(Math.ceil(wait / 1000)));
    else if (left === null) setText(note, "");
    else if (over) setText(note, this.#say("composer.over", { count: -left }));
    else setText(note, this.#say("composer.left", { count: left }));
  }

  /** @param {number} count seconds */
  #waiting(count) {
    const entries = this.#chat?.outbox.of(this.#room ?? "") ?? [];
    const fast = entries.some((entry) => entry.reason === "rate_limited");
    return this.#say(fast ? "composer.wait" : "composer.trouble", { count });
  }

  /** @param {boolean} on */
  #tick(on) {
    if (on && this.#countdown === null) {
      this.#countdown = setInterval(() => this.#update(), 500);
    } else if (!on && this.#countdown !== null) {
      clearInterval(this.#countdown);
      this.#countdown = null;
    }
  }
}

/** The field is as high as what stands in it, up to its greatest height. @param {HTMLTextAreaElement} field */
function grow(field) {
  field.style.setProperty("block-size", "auto");
  if (field.value && field.clientHeight > 0) {
    field.style.setProperty("block-size", `${field.scrollHeight}px`);
  }
}

/** Says a thing once: a status that repeats itself is read aloud each time. @param {HTMLElement} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

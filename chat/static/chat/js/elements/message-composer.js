/**
 * <message-composer>: where one writes: something new, a reply, or an edit. Keeps a draft a room,
 * counts near the limit, says who else is writing and when the server asks to wait. Never loses
 * what was typed.
 */
import { people } from "../api.js";
import { find, keepFocus } from "../dom.js";
import { room as roomLeft, visible } from "../text.js";
import { Writing } from "../writing.js";
import { ComposeField } from "./compose-field.js";
import { ComposeStrip } from "./compose-strip.js";
import { bindFormats } from "./format-button.js";
import { showTypists } from "./typists.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../drafts.js").Drafts} Drafts
 * @typedef {import("../protocol.js").Said} Said
 * @typedef {import("../strings.js").Say} Say
 * @typedef {{sent: () => void, up: () => boolean}} Around
 *   sent: after a message went off; up: ArrowUp in the empty field, true when it led somewhere
 */

export class MessageComposer extends HTMLElement {
  #stop = new AbortController();
  #writing = new Writing();
  /** @type {Chat|null} */
  #chat = null;
  /** @type {Drafts|null} */
  #drafts = null;
  /** @type {Say} */
  #say = () => "";
  /** @type {Around} */
  #around = { sent: () => {}, up: () => false };
  /** @type {ComposeField|null} */
  #field = null;
  /** @type {ComposeStrip|null} */
  #strip = null;
  /** @type {import("./mention-picker.js").MentionPicker|null} loaded with the first `@` */
  #picker = null;
  /** @type {string|null} */
  #room = null;
  /** @type {ReturnType<typeof setInterval>|null} */
  #countdown = null;
  #shownClosed = false;

  /** @param {Chat} chat @param {Drafts} drafts @param {Say} say @param {Around} around */
  bind(chat, drafts, say, around) {
    this.#chat = chat;
    this.#drafts = drafts;
    this.#writing = new Writing(drafts);
    this.#say = say;
    this.#around = around;
    const { signal } = this.#stop;
    this.#field = new ComposeField(find(this, "textarea", HTMLTextAreaElement), {
      send: (surely) => (this.#picker?.choosing && !surely ? this.#picker.choose() : this.#send()),
      typed: () => this.#typed(),
      moved: () => this.#picker?.update(),
      left: () => this.#left(),
      key: (event) => this.#key(event),
    }, signal);
    this.#strip = new ComposeStrip(find(this, "form", HTMLFormElement), say, () => this.#cancel());
    find(this, "form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    }, { signal });
    // No button takes the focus: on a phone that would close the keyboard.
    keepFocus(this.#button);
    bindFormats(find(this, ".formatting", HTMLElement), this.#field);
    for (const topic of ["outbox", "connection"]) {
      chat.addEventListener(topic, () => this.#update(), { signal });
    }
    // Told at each message, which hardly ever closes a room.
    chat.addEventListener("rooms", () => {
      if (this.#shownClosed !== this.#closed) this.#update();
    }, { signal });
    chat.addEventListener("log", () => this.#follow(), { signal });
    const typing = find(this, ".typing", HTMLElement);
    chat.addEventListener("typing", () => showTypists(typing, chat.acts.typists.people, say), { signal });
    window.addEventListener("pagehide", () => this.#keep(), { signal });
    window.addEventListener("storage", () => this.#elsewhere(), { signal });
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
    this.#chat?.acts.typing(null);
    this.#room = room;
    const draft = room ? (this.#writing.held(room) ?? this.#drafts?.get(room)) : "";
    this.#write(draft ?? "");
    this.#resume();
  }

  /** @param {string} text to write on, in front of what stands there */
  take(text) {
    const rest = this.#text;
    this.#write(rest ? `${text}\n${rest}` : text);
    this.#keep();
    this.focus();
  }

  /** What is written next answers this. @param {Said} said */
  reply(said) {
    if (!this.#room) return;
    this.#write(this.#writing.reply(this.#room, said, this.#text));
    this.focus();
  }

  /** The field holds what stands in this message until it is saved. @param {Said} said @param {string} [text] */
  edit(said, text) {
    if (!this.#room) return;
    this.#keep();
    this.#chat?.acts.typing(null);
    this.#write(this.#writing.edit(this.#room, said, this.#text, text));
    this.focus();
  }

  /** Puts the caret at the end of what stands here. @override */
  focus() {
    this.#field?.focus();
  }

  get #text() {
    return this.#field?.text ?? "";
  }

  get #mode() {
    return this.#writing.mode(this.#room ?? "");
  }

  get #button() {
    return find(this, ".send", HTMLButtonElement);
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it is used up */
  #key(event) {
    if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (this.#picker?.key(event)) return true;
    if (event.key === "Escape" && this.#mode.kind !== "new") {
      this.#cancel();
      return true;
    }
    return event.key === "ArrowUp" && this.#text === "" && this.#mode.kind === "new" && this.#around.up();
  }

  #left() {
    this.#keep();
    this.#picker?.close();
  }

  /** Names are offered from the first `@` on. */
  async #offer() {
    const field = this.#field;
    const chat = this.#chat;
    if (this.#picker || !field || !chat || !this.#text.includes("@")) {
      this.#picker?.update();
      return;
    }
    const loaded = await import("./mention-picker.js").catch(() => null);
    if (!loaded || this.#picker) return;
    const label = this.#say("mention.list");
    this.#picker = new loaded.MentionPicker(field, this, { chat, ask: people, label });
    this.#picker.update();
  }

  /** Goes on with an edit from before a reload, should nothing have been typed since. */
  #resume() {
    const room = this.#room;
    if (!room || this.#field?.composing) return;
    const text = this.#writing.resume(room, (seq) => this.#chat?.timeline(room).at(seq), this.#text);
    if (text !== null) this.#write(text);
  }

  /** Another tab wrote down something, a draft of this room maybe. */
  #elsewhere() {
    if (!this.#room || this.#field?.composing) return;
    const text = this.#writing.elsewhere(this.#room, this.#text);
    if (text !== null) this.#write(text);
  }

  #typed() {
    this.#keep();
    this.#update();
    void this.#offer();
    const written = visible(this.#text) && this.#mode.kind !== "edit";
    this.#chat?.acts.typing(written ? this.#room : null);
  }

  /** Esc, or the button of the strip. */
  #cancel() {
    if (!this.#room) return;
    const text = this.#writing.cancel(this.#room);
    this.#write(text ?? this.#text);
    this.focus();
  }

  #send() {
    const chat = this.#chat;
    const room = this.#room;
    const text = this.#text;
    const mode = this.#mode;
    if (!chat || !room || !this.#allowed(text)) return;
    if (mode.kind === "edit") {
      if (text !== mode.said.text) chat.acts.edit(room, mode.said.seq, text);
      this.#write(this.#writing.cancel(room) ?? "");
    } else {
      chat.acts.typing(null);
      chat.send(text, mode.kind === "reply" ? mode.said.seq : null);
      this.#writing.cancel(room);
      this.#write("");
      this.#around.sent();
    }
    this.#picker?.update();
    this.#keep();
  }

  /** @param {string} text */
  #allowed(text) {
    const chat = this.#chat;
    if (!chat || !this.#room || !visible(text) || this.#closed || this.#out) return false;
    if (roomLeft(text, chat.limits).over) return false;
    return this.#mode.kind === "edit" || chat.outbox.pausedFor(this.#room) === 0;
  }

  get #closed() {
    return (this.#room && this.#chat?.rooms.get(this.#room)?.closed) || false;
  }

  /** Whether the server wants to hear nothing more from this person, or this session. */
  get #out() {
    return this.#chat?.status.phase === "stopped";
  }

  /** @param {string} text */
  #write(text) {
    if (this.#field && this.#field.text !== text) this.#field.text = text;
    this.#update();
  }

  #keep() {
    if (!this.#room || this.#writing.hold(this.#room, this.#text)) return;
    this.#drafts?.set(this.#room, this.#text);
  }

  /** The message that is answered or edited may change or go. */
  #follow() {
    this.#resume();
    const mode = this.#mode;
    if (mode.kind === "new" || !this.#room || !this.#chat) return;
    const state = this.#chat.timeline(this.#room).at(mode.said.seq);
    if (!state?.deleted) return;
    this.#write(this.#writing.lost(this.#room) ?? this.#text);
    this.#keep();
  }

  #update() {
    const mode = this.#mode;
    this.#button.disabled = !this.#allowed(this.#text);
    const out = this.#out;
    this.#shownClosed = this.#closed;
    // What was being written can still be read and copied.
    find(this, "textarea", HTMLTextAreaElement).readOnly = out;
    find(this, ".composer", HTMLElement).hidden = this.#closed || (out && !this.#text);
    find(this, "[data-closed]", HTMLElement).hidden = !this.#closed || out;
    find(this, "[data-out]", HTMLElement).hidden = !out;
    this.#strip?.show(mode);
    this.#field?.fit();
    this.#note();
  }

  /** One line above the field: how long to wait, or what is left to write. */
  #note() {
    const chat = this.#chat;
    if (!chat) return;
    const note = find(this, ".composer-note", HTMLElement);
    const wait = this.#room ? chat.outbox.pausedFor(this.#room) : 0;
    this.#tick(wait > 0);
    const { left, over } = roomLeft(this.#text, chat.limits);
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

/** Says a thing once: a status that repeats itself is read aloud each time. @param {HTMLElement} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

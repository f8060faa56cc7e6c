/**
 * The field of the composer: as high as its text, and safe with every input method. Enter counts as
 * EnterKey decides; what an input method writes back into a field emptied under it is taken out.
 */
import { coarse } from "../device.js";
import { EnterKey } from "../enter-key.js";
import { systemClock } from "../socket.js";

/**
 * @typedef {{send: (surely: boolean) => void, typed: () => void, moved: () => void, left: () => void,
 *   key: (event: KeyboardEvent) => boolean}} FieldOwner
 *   send: Enter; surely: with the command key, whatever else Enter does just then; moved: the caret, by key or pointer; key: asked first, outside compositions only; true when the key is used up
 */

const GHOST_MS = 300;
const IME_KEY = 229;

export class ComposeField {
  #field;
  #owner;
  /** What the input method held when the field was emptied; it may write that back. */
  #ghost = { text: "", until: 0 };
  #held = "";
  #enter;

  /** @param {HTMLTextAreaElement} field @param {FieldOwner} owner @param {AbortSignal} signal */
  constructor(field, owner, signal) {
    this.#field = field;
    this.#owner = owner;
    this.#enter = new EnterKey({
      send: (surely) => owner.send(surely),
      clock: systemClock,
      newline: coarse,
    });
    this.#listen(signal);
  }

  get text() {
    return this.#field.value;
  }

  /** Never called while the input method holds signs, except to empty the field when it is sent. */
  set text(text) {
    this.#ghost = { text: this.composing ? this.#held : "", until: Date.now() + GHOST_MS };
    this.#field.value = text;
    this.fit();
  }

  /** Whether the input method still holds the last signs. */
  get composing() {
    return this.#enter.composing;
  }

  get element() {
    return this.#field;
  }

  /** Puts the caret at the end. */
  focus() {
    this.#field.focus();
    this.#field.setSelectionRange(this.text.length, this.text.length);
  }

  /** As high as what stands in it, up to its greatest height. */
  fit() {
    const field = this.#field;
    const form = field.form;
    // Were the form to shrink while one measures, the log above it would grow and lose its end.
    form?.style.setProperty("min-block-size", `${form.getBoundingClientRect().height}px`);
    field.style.setProperty("block-size", "auto");
    if (field.value && field.clientHeight > 0) {
      field.style.setProperty("block-size", `${field.scrollHeight}px`);
    }
    form?.style.removeProperty("min-block-size");
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const field = this.#field;
    field.addEventListener("keydown", (event) => this.#key(event), { signal });
    field.addEventListener("keyup", (event) => {
      this.#enter.keyup(event);
      if (/^(?:Arrow|Home|End|Page)/.test(event.key)) this.#owner.moved();
    }, { signal });
    field.addEventListener("click", () => this.#owner.moved(), { signal });
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
    field.addEventListener("blur", () => this.#owner.left(), { signal });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const free = !event.isComposing && !this.composing && event.keyCode !== IME_KEY;
    if (free && this.#owner.key(event)) {
      if (event.key === "Enter") this.#enter.taken();
      event.preventDefault();
    } else if (this.#enter.keydown(event)) event.preventDefault();
  }

  #typed() {
    const field = this.#field;
    if (this.#ghost.text && field.value === this.#ghost.text && Date.now() < this.#ghost.until) {
      field.value = "";
    }
    this.#ghost.text = "";
    this.#owner.typed();
  }
}

/** The strip above the field: which message one answers or edits, and the way out of that. */
import { HOLE, around, icon, keepFocus, make } from "../dom.js";
import { quoted } from "../text.js";

/** @typedef {import("../writing.js").Mode} Mode */

export class ComposeStrip {
  #strip;
  #say;
  /** @type {Mode|null} */
  #shown = null;
  #cancel;

  /** @param {HTMLFormElement} form @param {import("../strings.js").Say} say @param {() => void} cancel */
  constructor(form, say, cancel) {
    this.#say = say;
    this.#cancel = cancel;
    this.#strip = make("div", "compose-strip");
    this.#strip.hidden = true;
    form.before(this.#strip);
  }

  /** @param {Mode} mode */
  show(mode) {
    if (mode === this.#shown) return;
    this.#shown = mode;
    this.#strip.hidden = mode.kind === "new";
    this.#strip.parentElement?.classList.toggle("editing", mode.kind === "edit");
    if (mode.kind === "new") {
      this.#strip.replaceChildren();
      return;
    }
    const { author } = mode.said;
    const name = make("bdi", "", author.name);
    const title = make("span", "title");
    if (mode.kind === "edit") title.append(this.#say("compose.edit"));
    else title.append(...around(this.#say("compose.reply", { name: HOLE }), name));
    const words = make("div", "words", title, make("span", "clip", quoted(mode.said)));
    this.#strip.replaceChildren(icon(mode.kind), words, this.#close());
  }

  #close() {
    const close = make("button", "icon-button", icon("close"));
    close.type = "button";
    close.setAttribute("aria-label", this.#say("compose.cancel"));
    close.title = close.getAttribute("aria-label") ?? "";
    // As with the send button: the keyboard stays where it is.
    keepFocus(close);
    close.addEventListener("click", this.#cancel);
    return close;
  }
}

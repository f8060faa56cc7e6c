/** What a row says beyond what it shows: who reacted, and to the ear who said what, and when. */
import { namesIn } from "../names.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../protocol.js").Said} Said
 * @typedef {import("../strings.js").Say} Say
 * @typedef {import("../time.js").Times} Times
 */

const NAMED = 3;
const SIGNS_AT_MOST = 280;
const PARTS = ".quote .clip, .text, .note, .failure > span, .chip[data-emoji]";

export class RowWords {
  #chat;
  #say;
  #times;

  /** @param {Chat} chat @param {Say} say @param {Times} times */
  constructor(chat, say, times) {
    this.#chat = chat;
    this.#say = say;
    this.#times = times;
  }

  /** Tells on the chips in there who reacted, as far as this page has heard their names. @param {Iterable<Node>} within */
  name(within) {
    /** @type {Map<string, string>|undefined} */
    let names;
    for (const part of within) {
      if (!(part instanceof Element)) continue;
      for (const chip of part.querySelectorAll(".chip[data-emoji]")) {
        names ??= namesIn(this.#chat, this.#chat.open ?? "");
        if (chip instanceof HTMLElement) this.#nameChip(chip, names);
      }
    }
  }

  /** Names a row for who comes to it by keys. @param {HTMLElement} row @param {Said|null} said null while it is not stored */
  label(row, said) {
    const who = said?.author.name ?? this.#chat.me?.name ?? "";
    const words = [who, said ? this.#when(said.at) : ""];
    for (const part of row.querySelectorAll(PARTS)) {
      const text = part.textContent?.slice(0, SIGNS_AT_MOST) ?? "";
      words.push(part.matches(".clip") ? `${this.#say("act.reply")}: ${text}` : text);
    }
    row.setAttribute("aria-label", words.filter(Boolean).join(", "));
  }

  /** @param {string} at */
  #when(at) {
    const today = this.#times.dayKey(new Date().toISOString()) === this.#times.dayKey(at);
    return today ? this.#times.clock(at) : this.#times.full(at);
  }

  /** @param {HTMLElement} chip @param {Map<string, string>} names */
  #nameChip(chip, names) {
    const { emoji = "", people = "", count = "" } = chip.dataset;
    const me = this.#chat.me?.id ?? "";
    const ids = people.split(" ").filter((id) => names.has(id)).sort((a, b) => Number(b === me) - Number(a === me));
    const shown = ids.slice(0, NAMED).map((id) => (id === me ? this.#say("tag.me") : names.get(id)));
    const others = Number(count) - shown.length;
    let who = shown.join(", ");
    if (others > 0) {
      who = who
        ? this.#say("reaction.more", { names: who, count: others })
        : this.#say("room.members", { count: others });
    }
    // Begins with what the chip shows, so that it can be called by that.
    chip.title = `${emoji} ${count}: ${who}`;
    chip.setAttribute("aria-label", chip.title);
  }
}

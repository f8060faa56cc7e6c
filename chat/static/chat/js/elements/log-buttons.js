/** What floats over a log: the way to the first unread message, the way down, and a word about a jump. */
import { find } from "../dom.js";
import { badge } from "../rooms.js";

/** @typedef {import("../strings.js").Say} Say */

const WORD_MS = 6_000;

export class LogButtons {
  #within;
  #say;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;

  /**
   * @param {HTMLElement} within
   * @param {Say} say
   * @param {{down: () => void, unread: () => void}} ways
   * @param {AbortSignal} signal
   */
  constructor(within, say, { down, unread }, signal) {
    this.#within = within;
    this.#say = say;
    this.#down.addEventListener("click", down, { signal });
    this.#up.addEventListener("click", unread, { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** @param {{down: boolean, news: number, unread: number}} state unread: those above, 0 for no button */
  draw({ down, news, unread }) {
    this.#down.hidden = !down;
    this.#down.classList.toggle("news", news > 0);
    this.#label(this.#down, this.#say(news > 0 ? "log.pill" : "log.to_end", { count: news }));
    this.#up.hidden = unread === 0;
    if (unread) this.#label(this.#up, this.#say("log.unread_above", { count: badge(unread) }));
  }

  /** Says something about where one is, for a while. @param {string} text "" for nothing */
  tell(text) {
    const word = find(this.#within, ".log-word", HTMLElement);
    word.textContent = text;
    word.hidden = !text;
    clearTimeout(this.#timer);
    if (text) this.#timer = setTimeout(() => this.tell(""), WORD_MS);
  }

  get #down() {
    return find(this.#within, ".pill.down", HTMLElement);
  }

  get #up() {
    return find(this.#within, ".pill.up", HTMLElement);
  }

  /** @param {HTMLElement} pill @param {string} words */
  #label(pill, words) {
    const span = find(pill, "span", HTMLElement);
    if (span.textContent !== words) span.textContent = words;
  }
}

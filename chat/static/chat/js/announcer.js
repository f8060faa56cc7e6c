/**
 * Reads new messages out to screen readers, apart from the log: what others say in the open room,
 * a burst as a number. History, edits and one's own words stay silent.
 */
import { plainOf } from "./text.js";

const GATHER_MS = 1_000;
const SAY_AT_MOST = 2;
/** Longer messages are begun; the log has the rest. */
const SIGNS_AT_MOST = 280;

export class Announcer {
  /** @type {import("./protocol.js").Said[]} */
  #gathered = [];
  #timer = false;
  #say;
  #speak;
  #after;
  #muted;

  /**
   * @param {{say: import("./strings.js").Say, speak: (text: string) => void,
   *   after: (run: () => void, ms: number) => unknown, muted?: () => boolean}} options
   */
  constructor({ say, speak, after, muted = () => false }) {
    this.#say = say;
    this.#speak = speak;
    this.#after = after;
    this.#muted = muted;
  }

  /** @param {import("./protocol.js").Said} said */
  heard(said) {
    if (this.#muted()) return;
    this.#gathered.push(said);
    if (this.#timer) return;
    this.#timer = true;
    this.#after(() => this.#tell(), GATHER_MS);
  }

  #tell() {
    const all = this.#gathered;
    this.#gathered = [];
    this.#timer = false;
    if (all.length > SAY_AT_MOST) {
      this.#speak(this.#say("announce.many", { count: all.length }));
      return;
    }
    const sentences = all.map((said) =>
      this.#say("announce.said", { name: said.author.name, text: shortened(plainOf(said)) }),
    );
    this.#speak(sentences.join("\n"));
  }
}

/** @param {string} text */
function shortened(text) {
  const signs = [...text];
  return signs.length > SIGNS_AT_MOST ? `${signs.slice(0, SIGNS_AT_MOST).join("")}…` : text;
}

/**
 * When Enter means "send": with Ctrl or ⌘ everywhere; alone where no touch keyboard writes, once for Hangul, never while kana or hanja are being confirmed, in
 * whichever order a browser tells of the end of a composition. Decides only; the field's owner sends.
 *
 * The line break that is about to be made is the signal, since Korean input passes Enter on and
 * Japanese and Chinese input keep it. Where no line break follows (the syllable swallowed it), an
 * Enter beside the end of a Hangul composition counts, a moment later.
 */

/**
 * @typedef {{key: string, keyCode: number, isComposing: boolean, shiftKey: boolean,
 *   ctrlKey: boolean, metaKey: boolean, altKey: boolean}} Key
 * @typedef {{after: (run: () => void, ms: number) => unknown, cancel: (timer: any) => void,
 *   now: () => number}} Clock
 */

const HANGUL_END = /[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]$/u;
const SETTLE_MS = 40;
const BESIDE_MS = 60;
const SWALLOW_MS = 100;
const IME_KEY = 229;

export class EnterKey {
  #send;
  #clock;
  #newline;
  #shift = false;
  #composing = false;
  #enterInside = false;
  #enterAhead = false;
  #hangulEndedAt = -Infinity;
  #fallbackAt = -Infinity;
  /** @type {unknown} */
  #timer = null;

  /**
   * @param {{send: (surely: boolean) => void, clock: Clock, newline: () => boolean}} options
   *   surely: with the command key, which means nothing else; newline: whether Enter makes a line here (touch keyboards)
   */
  constructor({ send, clock, newline }) {
    this.#send = send;
    this.#clock = clock;
    this.#newline = newline;
  }

  /** Whether the input method still holds the last signs. */
  get composing() {
    return this.#composing;
  }

  /** @param {Key} key @returns {boolean} whether to prevent what the key would do */
  keydown(key) {
    this.#shift = key.shiftKey;
    const enter = key.key === "Enter" || key.key === "Process" || key.keyCode === IME_KEY;
    const command = key.ctrlKey || key.metaKey;
    if (!enter || (this.#newline() && !command) || key.shiftKey || key.altKey) return false;
    if (key.isComposing || this.#composing) {
      this.#enterInside = key.key === "Enter" || isEnter(key);
      return false;
    }
    if (key.keyCode === IME_KEY && isEnter(key)) {
      const beside = this.#clock.now() - this.#hangulEndedAt < BESIDE_MS;
      if (beside) this.#fallBack();
      return false;
    }
    if (key.key !== "Enter" || !command) return false;
    this.#now(true);
    return true;
  }

  /** @param {{shiftKey: boolean}} key */
  keyup(key) {
    this.#shift = key.shiftKey;
  }

  compositionstart() {
    this.#composing = true;
    this.#enterInside = false;
  }

  /** @param {string} data what was committed */
  compositionend(data) {
    this.#composing = false;
    if (this.#enterAhead) {
      this.#enterAhead = false;
      this.#fallBack();
      return;
    }
    if (!HANGUL_END.test(data)) {
      this.#enterInside = false;
      return;
    }
    this.#hangulEndedAt = this.#clock.now();
    if (this.#enterInside) this.#fallBack();
    this.#enterInside = false;
  }

  /**
   * @param {{inputType: string, isComposing: boolean}} input
   * @returns {boolean} whether to prevent the line break
   */
  beforeinput({ inputType, isComposing }) {
    const lineBreak = inputType === "insertLineBreak" || inputType === "insertParagraph";
    if (!lineBreak || isComposing || this.#newline() || this.#shift) return false;
    if (this.#clock.now() - this.#fallbackAt < SWALLOW_MS) return true;
    // An Enter ahead of the end of a composition waits for the last syllable. Any other sends now:
    // in a later task the field might hold what was typed after it.
    if (this.#composing) this.#enterInside = this.#enterAhead = true;
    else this.#now();
    return true;
  }

  /** An Enter was used for something else, such as choosing from a list: it sends nothing any more. */
  taken() {
    this.#clock.cancel(this.#timer);
    this.#enterInside = this.#enterAhead = false;
  }

  /** @param {boolean} [surely] */
  #now(surely = false) {
    this.#clock.cancel(this.#timer);
    this.#send(surely);
  }

  /** No line break came with it so far: send when none does. */
  #fallBack() {
    this.#clock.cancel(this.#timer);
    this.#timer = this.#clock.after(() => {
      this.#fallbackAt = this.#clock.now();
      this.#send(false);
    }, SETTLE_MS);
  }
}

/** @param {Key & {code?: string}} key */
function isEnter(key) {
  return key.key === "Enter" || key.code === "Enter" || key.code === "NumpadEnter";
}

/**
 * Whether somebody looks at this tab: it is shown, and it had the focus or a hand on it within the
 * last minutes. A screen that was left open reads nothing.
 */

const MINUTES_MS = 3 * 60 * 1000;
const SIGNS = ["focus", "pointerdown", "pointermove", "keydown", "wheel", "touchmove"];

export class Attention {
  #document;
  #now;
  #last;

  /**
   * @param {{document: Pick<Document, "visibilityState"|"addEventListener">, window: EventTarget,
   *   changed: () => void, signal: AbortSignal, now?: () => number}} outside
   *   changed: called when somebody may have come back or gone
   */
  constructor({ document, window, changed, signal, now = Date.now }) {
    this.#document = document;
    this.#now = now;
    this.#last = now();
    const sign = () => {
      const back = !this.here;
      this.#last = this.#now();
      if (back) changed();
    };
    for (const name of SIGNS) window.addEventListener(name, sign, { signal, passive: true, capture: true });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#last = this.#now();
      changed();
    }, { signal });
  }

  /** Whether somebody is here now. */
  get here() {
    return this.#document.visibilityState === "visible" && this.#now() - this.#last < MINUTES_MS;
  }
}

/** Fingers on messages: a long press asks for the menu, a swipe to the right for a reply. */
import { onHold } from "./hold.js";
import { rowOf } from "./row-focus.js";

/**
 * @typedef {{hold: (row: HTMLElement, target: Element) => void, swipe: (row: HTMLElement) => void}} Gestures
 * @typedef {{id: number, row: HTMLElement, x: number, y: number, dx: number, swiping: boolean}} Touch
 */

const SLOP_PX = 10;
/** Left of this the browser's own "back" gesture begins. */
const EDGE_PX = 24;
const REPLY_PX = 56;
const PULL_PX = 76;

export class RowTouch {
  /** @type {Touch|null} */
  #touch = null;
  #gestures;

  /** @param {HTMLElement} rows @param {Gestures} gestures @param {AbortSignal} signal */
  constructor(rows, gestures, signal) {
    this.#gestures = gestures;
    rows.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    rows.addEventListener("pointermove", (event) => this.#move(event), { signal });
    rows.addEventListener("pointerup", (event) => this.#up(event, true), { signal });
    rows.addEventListener("pointercancel", (event) => this.#up(event, false), { signal });
    onHold(rows, (target) => this.#hold(target), signal);
  }

  /** @param {PointerEvent} event */
  #down(event) {
    this.#end();
    const row = rowOf(event.target);
    if (event.pointerType !== "touch" || !event.isPrimary || !row?.dataset.seq) return;
    const { pointerId: id, clientX: x, clientY: y } = event;
    this.#touch = { id, row, x, y, dx: 0, swiping: false };
  }

  /** @param {Element} target @returns {boolean} whether there was a message under the finger */
  #hold(target) {
    const row = this.#touch?.row;
    // A link's own menu opens it elsewhere or copies it; ours can't.
    if (!row || target.closest("a")) return false;
    this.#end();
    this.#gestures.hold(row, target);
    return true;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const touch = this.#touch;
    if (!touch || touch.id !== event.pointerId) return;
    const dx = event.clientX - touch.x;
    const dy = event.clientY - touch.y;
    if (!touch.swiping) {
      const sideways = dx > SLOP_PX && dx > 1.5 * Math.abs(dy);
      if (!sideways || touch.x < EDGE_PX) return;
      touch.swiping = true;
      touch.row.classList.add("swiping");
    }
    touch.dx = dx;
    const pulled = Math.max(0, Math.min(dx, PULL_PX));
    touch.row.style.setProperty("--pull", `${pulled}px`);
    touch.row.classList.toggle("enough", dx >= REPLY_PX);
  }

  /** @param {PointerEvent} event @param {boolean} meant */
  #up(event, meant) {
    const touch = this.#touch;
    if (!touch || touch.id !== event.pointerId) return;
    this.#end();
    if (meant && touch.swiping && touch.dx >= REPLY_PX) this.#gestures.swipe(touch.row);
  }

  #end() {
    const row = this.#touch?.row;
    this.#touch = null;
    row?.classList.remove("swiping", "enough");
    row?.style.removeProperty("--pull");
  }
}

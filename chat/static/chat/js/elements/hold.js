/** A finger that stays: the long press of browsers that have no event of their own for it. */

const HOLD_MS = 450;
const SLOP_PX = 10;
/** The click that belongs to a press comes right after it. */
const CLICK_MS = 60;

/**
 * @param {HTMLElement} within
 * @param {(target: Element) => boolean} run what a long press there does; false: nothing there to press
 * @param {AbortSignal} signal
 */
export function onHold(within, run, signal) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  let held = false;
  let [x, y] = [0, 0];
  const stop = () => clearTimeout(timer);
  // A new touch is a new matter, wherever it is.
  window.addEventListener("pointerdown", () => {
    stop();
    held = false;
  }, { signal, capture: true });
  within.addEventListener("pointerdown", (event) => {
    const { target } = event;
    if (event.pointerType !== "touch" || !event.isPrimary || !(target instanceof Element)) return;
    [x, y] = [event.clientX, event.clientY];
    timer = setTimeout(() => (held = run(target)), HOLD_MS);
  }, { signal });
  within.addEventListener("pointermove", (event) => {
    if (Math.hypot(event.clientX - x, event.clientY - y) > SLOP_PX) stop();
  }, { signal, passive: true });
  for (const type of ["pointerup", "pointercancel"]) {
    window.addEventListener(type, () => {
      stop();
      setTimeout(() => (held = false), CLICK_MS);
    }, { signal, capture: true });
  }
  // The finger that opened something lifts; that is no tap. Android tells of the same press once more.
  for (const type of ["click", "contextmenu"]) {
    window.addEventListener(type, (event) => {
      if (!held) return;
      event.preventDefault();
      event.stopPropagation();
    }, { signal, capture: true });
  }
}

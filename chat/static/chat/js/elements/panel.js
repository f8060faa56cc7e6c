/**
 * A small dialog about one message: a sheet from below on a phone, beside what it belongs to on a
 * wide window. Modal in both, so that Esc, the back gesture and a click beside it close it.
 */
import { make } from "../dom.js";

const GAP_PX = 6;
const NARROW = "(max-width: 720px)";

/**
 * @param {HTMLElement} anchor
 * @param {{label: string, className: string, content: Node[]}} options
 * @returns {{dialog: HTMLDialogElement, closed: Promise<void>}} it is gone from the page once closed
 */
export function openPanel(anchor, { label, className, content }) {
  const dialog = make("dialog", `sheet panel ${className}`, ...content);
  dialog.setAttribute("aria-label", label);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => walk(dialog, event));
  (document.querySelector("chat-app") ?? document.body).append(dialog);
  /** @type {Promise<void>} */
  const closed = new Promise((done) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      done();
    });
  });
  dialog.showModal();
  place(dialog, anchor);
  return { dialog, closed };
}

/** @param {HTMLDialogElement} dialog @param {HTMLElement} anchor */
export function place(dialog, anchor) {
  if (matchMedia(NARROW).matches) return;
  const shown = anchor.matches(".msg") ? (anchor.querySelector(".bubble, .text") ?? anchor) : anchor;
  const box = shown.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = dialog;
  const right = anchor.closest(".mine") !== null || box.left + width > innerWidth - GAP_PX;
  const x = right ? box.right - width : box.left;
  const below = box.bottom + GAP_PX;
  const y = below + height > innerHeight - GAP_PX ? box.top - height - GAP_PX : below;
  dialog.style.setProperty("--x", `${clamp(x, innerWidth - width)}px`);
  dialog.style.setProperty("--y", `${clamp(y, innerHeight - height)}px`);
}

/** @param {number} value @param {number} room */
function clamp(value, room) {
  return Math.max(GAP_PX, Math.min(value, room - GAP_PX));
}

/** Arrow keys go from button to button. @param {HTMLDialogElement} dialog @param {KeyboardEvent} event */
function walk(dialog, event) {
  const from = document.activeElement;
  const back = event.key === "ArrowUp" || event.key === "ArrowLeft";
  if ((!back && event.key !== "ArrowDown" && event.key !== "ArrowRight") || event.isComposing) return;
  if (!(from instanceof HTMLButtonElement)) return;
  const all = [...dialog.querySelectorAll("button")].filter((one) => one.offsetParent);
  const at = all.indexOf(from);
  event.preventDefault();
  all.at((at + (back ? -1 : 1)) % all.length)?.focus();
}

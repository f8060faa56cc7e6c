/** A short word about what has just been done, read aloud too, and gone after a while. */

const SHOWN_MS = 4_000;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;
/** @type {HTMLElement|null} */
let place = null;
/** @type {Element|null} */
let home = null;

/** @param {string} text */
export function toast(text) {
  place ??= document.querySelector("[data-toast]");
  home ??= place?.parentElement ?? null;
  if (!place || !home) return;
  const word = place;
  settle();
  clearTimeout(timer);
  word.textContent = text;
  word.classList.add("shown");
  timer = setTimeout(() => {
    word.classList.remove("shown");
    word.textContent = "";
  }, SHOWN_MS);
}

/** What stands outside a modal dialog is veiled and not read out: the word goes into it, and out of it once that closes. */
function settle() {
  const dialog = [...document.querySelectorAll("dialog:modal")].at(-1);
  const parent = dialog ?? home;
  if (!place || !parent || place.parentElement === parent) return;
  parent.append(place);
  dialog?.addEventListener("close", settle, { once: true });
}

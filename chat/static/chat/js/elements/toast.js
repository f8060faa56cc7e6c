/** A short word about what has just been done, read aloud too, and gone after a while. */

const SHOWN_MS = 4_000;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;

/** @param {string} text */
export function toast(text) {
  const place = document.querySelector("[data-toast]");
  if (!(place instanceof HTMLElement)) return;
  clearTimeout(timer);
  place.textContent = text;
  place.classList.add("shown");
  timer = setTimeout(() => {
    place.classList.remove("shown");
    place.textContent = "";
  }, SHOWN_MS);
}

/** One's own page: paints the face, and on signing out takes what was written and read off this device. */
import { paintFace } from "./dom.js";
import { forgetKept } from "./kept.js";

for (const element of document.querySelectorAll("[data-face]")) {
  if (element instanceof HTMLElement) {
    paintFace(element, element.dataset.face ?? "", element.dataset.name ?? "");
  }
}

const form = document.querySelector("form[data-forget]");
if (form instanceof HTMLFormElement) {
  form.addEventListener("submit", () => forget(form.dataset.forget ?? ""));
}

/** @param {string} person */
function forget(person) {
  forgetKept();
  try {
    for (const key of Object.keys(localStorage)) {
      if (/^madang\.(?:out|draft|read)\.([^.]*)\./.exec(key)?.[1] === person) {
        localStorage.removeItem(key);
      }
    }
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

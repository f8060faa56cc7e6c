/**
 * One's own page: paints the face, offers the home screen, and on signing out takes what was written
 * and read off this device.
 */
import { keepFilesOutOfCard } from "./card.js";
import { countDown } from "./countdown.js";
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

countDown();
keepFilesOutOfCard();
offerInstalling();
offerSilence();

/** Whether what others say is read out to screen readers; this device remembers it. */
function offerSilence() {
  const section = document.querySelector("[data-reading]");
  const box = section?.querySelector("input");
  if (!(section instanceof HTMLElement) || !box) return;
  try {
    box.checked = localStorage.getItem("madang.quiet") === null;
  } catch {
    return;
  }
  section.hidden = false;
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem("madang.quiet");
    else localStorage.setItem("madang.quiet", "1");
  });
}

/** Where the browser asks us to, by a button; on iOS by saying how. */
function offerInstalling() {
  const section = document.querySelector("[data-install]");
  const button = section?.querySelector("button");
  const words = section?.querySelector("[data-by-hand]");
  if (!(section instanceof HTMLElement) || !button || !(words instanceof HTMLElement)) return;
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    section.hidden = button.hidden = false;
    button.onclick = () => /** @type {any} */ (event).prompt();
  });
  window.addEventListener("appinstalled", () => {
    section.hidden = true;
  });
  const standalone = /** @type {any} */ (navigator).standalone;
  if (standalone === false) section.hidden = words.hidden = false;
}

/** @param {string} person */
function forget(person) {
  forgetKept();
  try {
    for (const key of Object.keys(localStorage)) {
      if (/^madang\.(?:out|change|draft|read)\.([^.]*)\./.exec(key)?.[1] === person) {
        localStorage.removeItem(key);
      }
    }
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

/**
 * Keeps the page's service worker, and so the page itself, up to date. A new version takes over
 * when nobody is looking and nothing is half written; it never reloads under someone's hands.
 */
import { workerAddress } from "./trusted.js";

const ASK_AGAIN_MS = 10 * 60_000;

/** @param {{lang: string, idle: () => boolean}} options */
export async function keepInstalled({ lang, idle }) {
  const container = navigator.serviceWorker;
  if (!container) return;
  let first = container.controller === null;
  let stale = false;
  let asked = Date.now();
  const registration = await container.register(workerAddress(lang)).catch(() => null);
  if (!registration) return;
  const settle = () => {
    if (!document.hidden || !idle()) return;
    if (stale) location.reload();
    else registration.waiting?.postMessage("take-over");
  };
  // Another window may have let the new version in while something is being written here.
  container.addEventListener("controllerchange", () => {
    stale = !first;
    first = false;
    settle();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) settle();
    else if (Date.now() - asked > ASK_AGAIN_MS) {
      asked = Date.now();
      registration.update().catch(() => {});
    }
  });
}

/** @returns {boolean} whether nothing on the page is being written or decided */
export function nothingUnderWay() {
  if (document.querySelector("dialog[open]")) return false;
  const fields = document.querySelectorAll("textarea, input:not([type=hidden], [type=checkbox])");
  return [...fields].every((field) => !(/** @type {HTMLInputElement} */ (field).value));
}

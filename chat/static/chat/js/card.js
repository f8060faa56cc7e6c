/** Pages of one card: says what comes up in a line at its top. */
import { keepFilesOut } from "./dropping.js";
import { make } from "./dom.js";
import { aboutFiles } from "./strings/files.js";

const SHOWN_MS = 6_000;

export function keepFilesOutOfCard() {
  const line = make("p", "note-box");
  line.setAttribute("role", "alert");
  line.hidden = true;
  document.querySelector("main")?.prepend(line);
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  keepFilesOut(document, () => {
    clearTimeout(timer);
    line.hidden = false;
    line.textContent = aboutFiles(document.documentElement.lang);
    timer = setTimeout(() => {
      line.hidden = true;
      line.textContent = "";
    }, SHOWN_MS);
  });
}

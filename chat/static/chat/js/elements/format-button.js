/** The button beside the field that shows a row of formats, and puts it away again. */
import { keepFocus } from "../dom.js";

/** @param {HTMLElement} button @param {import("./compose-field.js").ComposeField} field */
export function bindFormats(button, field) {
  /** @type {HTMLElement|null} */
  let strip = null;
  keepFocus(button);
  button.addEventListener("click", async () => {
    const loaded = await import("./format-strip.js").catch(() => null);
    if (!loaded) return;
    if (strip) strip.hidden = !strip.hidden;
    else {
      strip = loaded.formatStrip(field, document.documentElement.lang);
      button.closest("form")?.before(strip);
      button.setAttribute("aria-controls", strip.id);
    }
    button.setAttribute("aria-expanded", String(!strip.hidden));
  });
}

/**
 * The row of formats above the field: a tap puts a format's signs around what is selected, and so
 * shows what to type. Loaded when it is first wanted.
 */
import { keepFocus, make } from "../dom.js";
import { SIGNS, signed } from "../formatting.js";
import { sayer } from "../strings.js";
import { ROOMS } from "../strings/rooms.js";

/** @typedef {import("./compose-field.js").ComposeField} ComposeField */

/** @param {ComposeField} field @param {string} lang @returns {HTMLElement} */
export function formatStrip(field, lang) {
  const say = sayer(lang, ROOMS);
  const strip = make("div", "formats");
  strip.id = "formats";
  strip.setAttribute("role", "group");
  strip.setAttribute("aria-label", say("signs.title"));
  for (const [sign, key] of SIGNS) {
    const word = say(key);
    const button = make("button", "", make("span", "", word), make("small", "", sign));
    button.type = "button";
    button.dataset.sign = sign;
    button.addEventListener("click", () => write(field, sign, word));
    strip.append(button);
  }
  keepFocus(strip);
  return strip;
}

/** @param {ComposeField} field @param {string} sign @param {string} word */
function write(field, sign, word) {
  const { element } = field;
  if (element.readOnly) return;
  // Ends a composition, should there be one, the way leaving the field does.
  if (field.composing) element.blur();
  element.focus();
  const { selectionStart, selectionEnd, value } = element;
  const { from, to, text, start, end } = signed(value, selectionStart, selectionEnd, sign, word);
  element.setSelectionRange(from, to);
  // As if typed, so that it can be undone.
  if (!document.execCommand("insertText", false, text)) {
    element.setRangeText(text, from, to, "end");
    element.dispatchEvent(new Event("input"));
  }
  element.setSelectionRange(start, end);
}

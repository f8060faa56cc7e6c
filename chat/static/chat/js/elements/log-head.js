/** What stands above the first row of a log: that more comes, that it failed, or the beginning. */
import { button, icon, make } from "../dom.js";

/** @typedef {import("../strings.js").Say} Say */

/** While nothing is here yet. @param {Say} say */
export function bones(say) {
  const element = make("li", "bones", make("span"), make("span"), make("span"));
  element.setAttribute("aria-label", say("log.loading"));
  return element;
}

/** @param {string} words */
export function note(words) {
  return make("li", "log-note", words);
}

/** @param {Say} say @param {() => void} retry */
export function failed(say, retry) {
  return make("li", "log-note", button(say("log.retry"), retry));
}

/** A room in which nobody has said anything. @param {string} words @param {HTMLElement|null} card its invite, if one may see it */
export function empty(words, card) {
  const element = make("li", "empty");
  element.append(icon("roof", "roof"), make("p", "", words));
  if (card) element.append(card);
  return element;
}

/** What stands above the first row of a log: that more comes, that it failed, or the beginning; and below the last. */
import { button, icon, make } from "../dom.js";

/**
 * @typedef {import("../strings.js").Say} Say
 * @typedef {import("../protocol.js").Room} Room
 */

/**
 * @param {{say: Say, timeline: import("../timeline.js").Timeline, hidden: boolean, bare: boolean,
 *   filler: import("./log-filler.js").LogFiller|null, room: Room|undefined,
 *   inviteCard: (room: Room) => HTMLElement|null}} log
 *   hidden: whether rows that are known stand above those shown; bare: whether none are shown
 * @returns {HTMLElement}
 */
export function logHead({ say, timeline, hidden, bare, filler, room, inviteCard }) {
  if (!timeline.loaded && !timeline.detached) return bones(say);
  if (filler?.failed("older")) return failed(say, () => filler.retry("older"));
  if (timeline.view.older || hidden) return note(say("log.loading"));
  if (!bare) return note(say("log.beginning"));
  const board = room?.kind === "board";
  const card = room && !board && !room.closed ? inviteCard(room) : null;
  return empty(say(board ? "log.empty_board" : "log.empty_room"), card);
}

/** What stands below the last row: only that what follows failed. @param {Say} say @param {import("./log-filler.js").LogFiller|null} filler */
export function logFoot(say, filler) {
  if (!filler?.failed("newer")) return null;
  const element = failed(say, () => filler.retry("newer"));
  element.classList.add("below");
  return element;
}

/** While nothing is here yet. @param {Say} say */
export function bones(say) {
  const element = make("li", "bones", make("span"), make("span"), make("span"));
  element.setAttribute("aria-label", say("log.loading"));
  return element;
}

/** @param {string} words */
function note(words) {
  return make("li", "log-note", words);
}

/** @param {Say} say @param {() => void} retry */
function failed(say, retry) {
  return make("li", "log-note", button(say("log.retry"), retry));
}

/** A room in which nobody has said anything. @param {string} words @param {HTMLElement|null} card its invite, if one may see it */
function empty(words, card) {
  const element = make("li", "empty");
  element.append(icon("roof", "roof"), make("p", "", words));
  if (card) element.append(card);
  return element;
}

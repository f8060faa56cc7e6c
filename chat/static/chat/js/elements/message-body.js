/** What a message says, as DOM: formatted by the server, or plain text with its links. */
import { button, icon, make } from "../dom.js";
import { linkify, mayLink } from "../links.js";
import { roomOf } from "../route.js";
import { emojiOnly, linesOf, shownLines, visible } from "../text.js";
import { serverMarkup } from "../trusted.js";

/** @typedef {import("./message-row.js").Look} Look */
/** @typedef {import("../protocol.js").Said} Said */

const FOLD_LINES = 24;
const COLUMN_PX = 700;
const SIGN_PX = 16;
/** Fewer stand on no screen: what is short there is short anywhere, and nothing need be measured. */
const COLUMNS_AT_LEAST = 20;

/**
 * @param {Said} said
 * @param {Look} look
 * @param {string|null} text what it will say once an edit is stored, null when none is under way
 * @param {boolean} whole whether even a very long one is shown to its end
 * @returns {HTMLElement[]} its text, and the button that unfolds it
 */
export function messageBody(said, look, text, whole) {
  const element = make("div", "text");
  const words = text ?? said.text;
  const rich = text === null && said.html ? formatted(said.html, look) : null;
  // An older server could make something of a text in which nothing is left to be seen.
  if (rich && visible(rich.textContent ?? "")) {
    element.classList.add("rich");
    element.append(rich);
  } else {
    element.append(...withLinks(shownLines(words)));
    const emoji = emojiOnly(words);
    if (emoji > 0) element.classList.add("jumbo", emoji <= 3 ? "few" : "some");
  }
  if (whole || linesOf(words, COLUMNS_AT_LEAST) <= FOLD_LINES) return [element];
  if (linesOf(words, Math.min(innerWidth, COLUMN_PX) / SIGN_PX) <= FOLD_LINES) return [element];
  element.classList.add("folded");
  const more = button(look.say("message.more"), () => {});
  more.className = "unfold";
  more.dataset.act = "unfold";
  return [element, more];
}

/** @param {string} text @returns {(Node|string)[]} */
function withLinks(text) {
  return linkify(text).map((piece) => (piece.href ? anchor(piece.text, piece.href) : piece.text));
}

/** @param {string} text @param {string} href */
function anchor(text, href) {
  const link = make("a", "", text);
  link.href = href;
  leave(link);
  return link;
}

/** Links lead to another tab, but those to our own rooms stay here. @param {HTMLAnchorElement} link */
function leave(link) {
  if (link.origin === location.origin && roomOf(link.pathname) !== null) {
    link.removeAttribute("target");
    return;
  }
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow ugc";
}

/** @param {string} html @param {Look} look */
function formatted(html, look) {
  const content = serverMarkup(html);
  for (const link of content.querySelectorAll("a")) {
    // An older server could leave a link that leads nowhere.
    if (link.href) leave(link);
    else link.replaceWith(...link.childNodes);
  }
  if (mayLink(html)) findLinks(content);
  for (const mention of content.querySelectorAll("[data-person]")) {
    const person = mention.getAttribute("data-person");
    mention.classList.toggle("me", person !== null && person === look.me?.());
  }
  for (const block of content.querySelectorAll("pre")) {
    const frame = make("div", "code");
    block.replaceWith(frame);
    frame.append(block);
    if (look.me) frame.append(copyButton(look));
  }
  return content;
}

/** In words that are neither code nor a link already. @param {DocumentFragment} content */
function findLinks(content) {
  content.normalize();
  const texts = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
  /** @type {Text[]} */
  const found = [];
  while (texts.nextNode()) found.push(/** @type {Text} */ (texts.currentNode));
  for (const text of found) {
    if (mayLink(text.data) && !text.parentElement?.closest("a, code")) {
      text.replaceWith(...withLinks(text.data));
    }
  }
}

/** @param {Look} look */
function copyButton({ say }) {
  const copy = make("button", "copy", icon("copy"));
  copy.type = "button";
  copy.tabIndex = -1;
  copy.dataset.act = "copy-code";
  copy.title = say("message.copy_code");
  copy.setAttribute("aria-label", copy.title);
  return copy;
}

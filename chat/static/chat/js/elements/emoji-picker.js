/** Choosing any emoji: the latest first, all by kind, and a search. Loaded when it is first wanted. */
import { coarse } from "../device.js";
import { find, make } from "../dom.js";
import { EmojiList } from "../emoji/search.js";
import { QUICK, recent } from "../reactions.js";
import { openPanel } from "./panel.js";

/**
 * @typedef {import("../strings.js").Say} Say
 * @typedef {{say: Say, list: EmojiList}} Parts
 */

/** What was loaded once stays. @type {EmojiList|null} */
let known = null;

/**
 * The list has a file of its own, which the page does not wait for. Without a network and none
 * kept, those that are used most must do.
 * @returns {Promise<EmojiList>}
 */
async function load() {
  const { emojis = "" } = find(document, "message-log", HTMLElement).dataset;
  const answer = known ? null : await fetch(emojis).catch(() => null);
  if (answer?.ok) known = new EmojiList(await answer.text());
  return known ?? new EmojiList("");
}

/**
 * @param {HTMLElement} anchor
 * @param {Say} say
 * @param {Pick<Storage, "getItem">} store where the latest are kept
 * @returns {Promise<string|null>} the emoji, null when none was chosen
 */
export async function pickEmoji(anchor, say, store) {
  const list = await load();
  const parts = { say, list };
  /** @type {string|null} */
  let chosen = null;
  /** @param {string|undefined} emoji */
  const choose = (emoji) => {
    if (!emoji) return;
    chosen = emoji;
    dialog.close();
  };
  const field = searchField(say);
  const form = make("form", "", field);
  const grid = make("div", "grid");
  const listed = all(parts, store);
  grid.append(...listed);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) choose(list.find(field.value)[0]);
  });
  field.addEventListener("input", () => {
    const typed = field.value.trim();
    if (typed) grid.replaceChildren(found(list.find(typed), parts));
    else grid.replaceChildren(...listed);
    grid.scrollTop = 0;
  });
  grid.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    choose(button?.dataset.emoji);
  });
  const label = say("act.any");
  const { dialog, closed } = openPanel(anchor, { label, className: "emoji", content: [form, grid] });
  dialog.addEventListener("keydown", (event) => step(grid, field, event), { capture: true });
  if (coarse()) grid.querySelector("button")?.focus();
  else field.focus();
  await closed;
  return chosen;
}

/** @param {Say} say */
function searchField(say) {
  const field = make("input", "field");
  field.type = "search";
  field.placeholder = say("emoji.search");
  field.setAttribute("aria-label", field.placeholder);
  field.autocomplete = "off";
  field.enterKeyHint = "done";
  return field;
}

/** @param {Parts} parts @param {Pick<Storage, "getItem">} store */
function all({ say, list }, store) {
  const latest = [...new Set([...recent(store), ...QUICK])].slice(0, 16);
  return [
    section(say("emoji.recent"), latest, list),
    ...list.groups.map(({ name, entries }) => (
      section(say(name), entries.map(({ emoji }) => emoji), list)
    )),
  ];
}

/** @param {string[]} emoji @param {Parts} parts */
function found(emoji, { say, list }) {
  if (emoji.length) return section("", emoji, list);
  const none = make("p", "hint", say("emoji.none"));
  none.setAttribute("role", "status");
  return none;
}

/** @param {string} title @param {string[]} emoji @param {EmojiList} list */
function section(title, emoji, list) {
  const buttons = emoji.map((one) => {
    const button = make("button", "", one);
    button.type = "button";
    button.dataset.emoji = one;
    const words = list.wordsOf(one);
    button.title = words[0] ?? one;
    if (words.length) button.setAttribute("aria-label", `${one} ${words[0]}`);
    return button;
  });
  const row = make("div", "emojis", ...buttons);
  return title ? make("section", "", make("h2", "", title), row) : make("section", "", row);
}

/** From the field down into the emoji, and by rows among them. @param {HTMLElement} grid @param {HTMLInputElement} field @param {KeyboardEvent} event */
function step(grid, field, event) {
  if (event.isComposing || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  const down = event.key === "ArrowDown";
  const from = document.activeElement;
  const buttons = [...grid.querySelectorAll("button")];
  const at = from instanceof HTMLButtonElement ? buttons.indexOf(from) : -1;
  if (at < 0 && !(from === field && down)) return;
  event.preventDefault();
  event.stopPropagation();
  if (at < 0) buttons[0]?.focus();
  else (below(buttons, at, down) ?? (down ? null : field))?.focus();
}

/** @param {HTMLButtonElement[]} buttons @param {number} at @param {boolean} down */
function below(buttons, at, down) {
  const box = buttons[at]?.getBoundingClientRect();
  if (!box) return null;
  const rest = down ? buttons.slice(at + 1) : buttons.slice(0, at).reverse();
  const x = box.left + box.width / 2;
  return rest.find((button) => {
    const other = button.getBoundingClientRect();
    return Math.abs(other.top - box.top) > 4 && Math.abs(other.left + other.width / 2 - x) < box.width / 2;
  });
}

/** The sheet that names the keys, and the signs that format what one writes. Loaded when it is first wanted. */
import { apple, coarse } from "../device.js";
import { make } from "../dom.js";
import { SIGNS } from "../formatting.js";
import { sayer } from "../strings.js";
import { ROOMS } from "../strings/rooms.js";
import { openPanel } from "./panel.js";

/** @type {Record<string, string>} */
const NAMES = apple ? { Mod: "⌘", Alt: "⌥" } : { Mod: "Ctrl" };

/** Where fingers write, Enter makes a line, as the keyboard on the screen has no Shift+Enter. @returns {[string[], string][]} */
function sendingHere() {
  const line = coarse() ? ["Enter"] : ["Shift", "Enter"];
  /** @type {[string[], string][]} */
  const both = [[["Mod", "Enter"], "keys.send"], [line, "keys.line"]];
  return coarse() ? both : [[["Enter"], "keys.send"], ...both];
}

/** What holds on this device. @returns {readonly [string[], string][]} */
const keysHere = () => [
  [["Mod", "K"], "keys.switch"],
  [["Alt", "↑ ↓"], "keys.move"],
  [["Mod", "Shift", "F"], "keys.search"],
  ...sendingHere(),
  [["↑"], "keys.edit"],
  [["Shift", "Tab"], "keys.rows"],
  [["Enter"], "keys.menu"],
  [["Esc"], "keys.leave"],
  [["?"], "keys.help"],
];

/** @param {HTMLElement} shell @param {string} lang */
export function openShortcuts(shell, lang) {
  const say = sayer(lang, ROOMS);
  const list = make("dl", "keys");
  for (const [keys, words] of keysHere()) {
    const names = keys.map((key) => make("kbd", "", NAMES[key] ?? key));
    list.append(make("div", "", make("dt", "", say(words)), make("dd", "", ...names)));
  }
  const signs = make("dl", "keys");
  for (const [sign, words] of SIGNS) {
    const sample = make("kbd", "", sign + say(words) + (sign.endsWith(" ") ? "" : sign));
    signs.append(make("div", "", make("dt", "", say(words)), make("dd", "", sample)));
  }
  const title = make("h2", "", say("keys.title"));
  const head = make("header", "sheet-head", title);
  const body = make("div", "sheet-body", list, make("h3", "", say("signs.title")), signs);
  const { dialog } = openPanel(shell, { label: say("keys.title"), className: "central", content: [head, body] });
  // Keys scroll it where the window is low.
  body.tabIndex = 0;
  body.focus();
  return dialog;
}

/**
 * The quick switcher: a field that filters the rooms, and Enter goes there. Initial consonants do,
 * and so does a syllable that the input method has not finished. Loaded when it is first wanted.
 */
import { face, make } from "../dom.js";
import { onceAFrame } from "../frames.js";
import { initials, keys } from "../hangul.js";
import { badge } from "../rooms.js";
import { sayer } from "../strings.js";
import { ROOMS } from "../strings/rooms.js";
import { openPanel } from "./panel.js";

/**
 * @typedef {import("../protocol.js").Room} Room
 * @typedef {import("../rooms.js").Rooms} Rooms
 * @typedef {import("./room-list.js").Doors} Doors
 */

const AT_MOST = 30;

/**
 * @param {HTMLElement} shell
 * @param {{chat: import("../chat.js").Chat, doors: Doors, lang: string}} about
 */
export function openSwitcher(shell, { chat, doors, lang }) {
  const { rooms, open } = chat;
  const say = sayer(lang, ROOMS);
  const field = make("input", "field");
  field.type = "text";
  field.autocomplete = "off";
  field.placeholder = say("switch.field");
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-label": say("switch.title"), "aria-expanded": "true",
    "aria-controls": "switch-list", "aria-autocomplete": "list", enterkeyhint: "go",
    autocapitalize: "off", spellcheck: "false",
  })) field.setAttribute(name, value);
  const list = make("ul", "choices");
  list.id = "switch-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", say("switch.title"));
  const word = make("p", "hint");
  word.setAttribute("role", "status");
  const content = [make("div", "switch-field", field), list, word];
  const stop = new AbortController();
  const { dialog, closed } = openPanel(shell, { label: say("switch.title"), className: "central switcher", content });
  /** @type {Room[]} */
  let found = [];
  let at = 0;
  let enterOnceComposed = false;

  const point = () => {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    const chosen = list.children[at];
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) field.setAttribute("aria-activedescendant", chosen.id);
    else field.removeAttribute("aria-activedescendant");
  };
  /** @param {string} [marked] the room that stays marked, the first by default */
  const draw = (marked) => {
    found = filterRooms(rooms.inOrder, field.value, open).slice(0, AT_MOST);
    at = Math.max(0, found.findIndex(({ id }) => id === marked));
    list.replaceChildren(...found.map((room, index) => option(room, index, rooms, say)));
    word.textContent = found.length ? "" : say("switch.none");
    point();
  };
  /** @param {Room|undefined} room */
  const go = async (room) => {
    if (!room) return;
    try {
      if (!room.joined) await doors.join({ room: room.id });
    } catch (error) {
      word.textContent = (error instanceof Error && error.message) || say("switch.failed");
      return;
    }
    dialog.close();
    doors.go(room.id);
  };
  field.addEventListener("input", () => draw());
  chat.addEventListener("rooms", onceAFrame(() => draw(found[at]?.id)), { signal: stop.signal });
  void closed.then(() => stop.abort());
  field.addEventListener("compositionend", () => {
    if (enterOnceComposed) void go(found[at]);
    enterOnceComposed = false;
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      at = (at + step + found.length) % Math.max(1, found.length);
      point();
    } else if (event.isComposing || event.keyCode === 229) {
      // Enter ends a Korean syllable and means go; in other scripts it only chooses a candidate.
      enterOnceComposed = event.code === "Enter" && /[ㄱ-ㅎㅏ-ㅣ가-힣]$/u.test(field.value);
    } else if (event.key === "Enter") {
      event.preventDefault();
      void go(found[at]);
    }
  });
  list.addEventListener("click", (event) => {
    const item = event.target instanceof Element ? event.target.closest("li") : null;
    if (item) void go(found[[...list.children].indexOf(item)]);
  });
  draw();
  field.focus();
}

/**
 * Those whose names have the words in them, beginnings first; without words all, the open one last.
 * @param {readonly Room[]} rooms
 * @param {string} words
 * @param {string|null} open
 * @returns {Room[]}
 */
export function filterRooms(rooms, words, open) {
  const typed = keys(words.trim()).replace(/\s+/gu, "");
  if (!typed) return [...rooms].sort((a, b) => Number(a.id === open) - Number(b.id === open));
  const consonants = /^[ㄱ-ㅎ]+$/u.test(typed);
  /** @type {Room[][]} */
  const ranks = [[], [], []];
  for (const room of rooms) {
    const bare = room.title.replace(/\s+/gu, "");
    const place = keys(bare).indexOf(typed);
    const first = consonants ? initials(bare).indexOf(typed) : -1;
    if (place === 0 || first === 0) ranks[0]?.push(room);
    else if (first > 0) ranks[1]?.push(room);
    else if (place > 0) ranks[2]?.push(room);
  }
  return ranks.flat();
}

/** @param {Room} room @param {number} index @param {Rooms} rooms @param {import("../strings.js").Say} say */
function option(room, index, rooms, say) {
  const item = make("li", "", face(room.kind === "board" ? "60" : room.id, room.title));
  item.id = `switch-${index}`;
  item.setAttribute("role", "option");
  item.append(make("span", "title clip", room.title));
  const unread = badge(rooms.unread(room.id));
  if (unread) item.append(make("span", room.muted ? "count muted" : "count", unread));
  else if (!room.joined) item.append(make("span", "hint", say("switch.join")));
  return item;
}

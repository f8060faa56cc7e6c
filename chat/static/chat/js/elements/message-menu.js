/** The menu of one message, and who reacted to it. Loaded when it is first wanted. */
import { people } from "../api.js";
import { face, icon, make } from "../dom.js";
import { namesIn } from "../names.js";
import { QUICK, chips } from "../reactions.js";
import { openPanel } from "./panel.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../protocol.js").Said} Said
 * @typedef {import("../strings.js").Say} Say
 * @typedef {import("./message-acts.js").Deed} Deed
 * @typedef {{deed?: Deed, emoji?: string}} Choice
 */

/** @type {readonly [Deed, string, string][]} */
const DEEDS = [
  ["reply", "reply", "act.reply"],
  ["edit", "edit", "act.edit"],
  ["copy", "copy", "act.copy"],
  ["link", "link", "act.link"],
  ["who", "people", "act.who"],
  ["delete", "trash", "act.delete"],
];

/**
 * @param {HTMLElement} anchor
 * @param {Said} said
 * @param {{chat: Chat, say: Say, can: (deed: Deed) => boolean}} about
 * @returns {Promise<Choice|null>} what is to be done, null for nothing
 */
export async function askDeed(anchor, said, { chat, say, can }) {
  /** @type {Choice|null} */
  let choice = null;
  /** @param {Choice} made */
  const choose = (made) => {
    choice = made;
    dialog.close();
  };
  const list = make("div", "deeds");
  for (const [deed, picture, words] of DEEDS) {
    if (!can(deed)) continue;
    const act = deed === "delete" ? () => sure(list, say, choose, dialog) : () => choose({ deed });
    list.append(entry(picture, say(words), act, deed));
  }
  const content = can("react") ? [quick(say, choose), list] : [list];
  const { dialog, closed } = openPanel(anchor, { label: say("act.menu"), className: "menu", content });
  const stop = closeWhenGone(dialog, said, chat);
  await closed;
  stop();
  return choice;
}

/** @param {Say} say @param {(choice: Choice) => void} choose */
function quick(say, choose) {
  const row = make("div", "quick");
  for (const emoji of QUICK) {
    const button = make("button", "", emoji);
    button.type = "button";
    button.addEventListener("click", () => choose({ emoji }));
    row.append(button);
  }
  const more = make("button", "", icon("smile-plus"));
  more.type = "button";
  more.title = say("act.any");
  more.setAttribute("aria-label", more.title);
  more.addEventListener("click", () => choose({ deed: "react" }));
  row.append(more);
  return row;
}

/** @param {string} picture @param {string} words @param {() => void} act @param {string} deed */
function entry(picture, words, act, deed) {
  const button = make("button", deed === "delete" ? "deed danger" : "deed", icon(picture), words);
  button.type = "button";
  button.dataset.deed = deed;
  button.addEventListener("click", act);
  return button;
}

/** Asks once more: it is gone for everyone. @param {HTMLElement} list @param {Say} say @param {(choice: Choice) => void} choose @param {HTMLDialogElement} dialog */
function sure(list, say, choose, dialog) {
  const yes = make("button", "button danger", say("act.delete"));
  yes.type = "button";
  yes.dataset.deed = "sure";
  yes.addEventListener("click", () => choose({ deed: "delete" }));
  const no = make("button", "button", say("compose.cancel"));
  no.type = "button";
  no.addEventListener("click", () => dialog.close());
  dialog.querySelector(".quick")?.remove();
  const question = make("p", "", say("act.sure"));
  question.setAttribute("role", "alert");
  list.replaceChildren(question, make("div", "pair", no, yes));
  yes.focus();
}

/** @param {HTMLDialogElement} dialog @param {Said} said @param {Chat} chat @returns {() => void} */
function closeWhenGone(dialog, said, chat) {
  const stop = new AbortController();
  chat.addEventListener("log", () => {
    const state = chat.timeline(said.room).at(said.seq);
    if (state?.deleted || chat.open !== said.room) dialog.close();
  }, { signal: stop.signal });
  return () => stop.abort();
}

/**
 * @param {HTMLElement} anchor
 * @param {Said} said
 * @param {Chat} chat
 * @param {Say} say
 * @returns {Promise<void>} when it is closed
 */
export async function showReactions(anchor, said, chat, say) {
  const names = namesIn(chat, said.room);
  const body = make("div", "sheet-body");
  const draw = () => body.replaceChildren(...sections(said, names, chat, say));
  draw();
  if (said.reactions?.some((one) => one.people.some((id) => !names.has(id)))) {
    // Somebody who never spoke here: the server knows who is in the room.
    void people(said.room, "").then((others) => {
      for (const { id, name } of others) if (!names.has(id)) names.set(id, name);
      draw();
    }).catch(() => null);
  }
  body.tabIndex = 0;
  const label = say("act.who");
  const head = make("div", "sheet-head", make("h2", "", label));
  const { dialog, closed } = openPanel(anchor, { label, className: "who", content: [head, body] });
  const stop = closeWhenGone(dialog, said, chat);
  await closed;
  stop();
}

/** @param {Said} said @param {ReadonlyMap<string, string>} names @param {Chat} chat @param {Say} say */
function sections(said, names, chat, say) {
  const me = chat.me?.id ?? "";
  const known = chat.timeline(said.room).mine.get(said.seq) ?? [];
  return chips(said, me, known).map((chip) => {
    const list = make("ul", "people");
    const shown = chip.people.filter((id) => names.has(id));
    for (const id of shown) list.append(person(id, names.get(id) ?? "", id === me ? say("tag.me") : ""));
    const others = chip.count - shown.length;
    if (others > 0) list.append(make("li", "hint", say("people.more", { count: others })));
    const head = make("h3", "", make("span", "emoji", chip.emoji), " ", String(chip.count));
    return make("section", "", head, list);
  });
}

/** @param {string} id @param {string} name @param {string} note */
function person(id, name, note) {
  const item = make("li", "", face(id, name), make("bdi", "name", name));
  if (note) item.append(make("span", "hint", note));
  return item;
}

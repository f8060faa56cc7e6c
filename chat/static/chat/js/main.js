/** The conversation page: reads what came with the document and starts the shell. */
import * as api from "./api.js";
import { Chat } from "./chat.js";
import { find, pageData } from "./dom.js";
import { Drafts, memoryStore } from "./drafts.js";
import { keepFilesOut } from "./dropping.js";
import { ChatApp } from "./elements/chat-app.js";
import { ConnectionStatus } from "./elements/connection-status.js";
import { MessageComposer } from "./elements/message-composer.js";
import { MessageLog } from "./elements/message-log.js";
import { PeoplePanel } from "./elements/people-panel.js";
import { RoomList } from "./elements/room-list.js";
import { RoomSheet } from "./elements/room-sheet.js";
import { toast } from "./elements/toast.js";
import { keepInstalled, nothingUnderWay } from "./installing.js";
import { forgetKept, Kept, keptBoot } from "./kept.js";
import { roomOf } from "./route.js";
import { sayer } from "./strings.js";
import { aboutFiles } from "./strings/files.js";
import { times } from "./time.js";

const SAVE_MS = 3_000;

customElements.define("connection-status", ConnectionStatus);
customElements.define("message-composer", MessageComposer);
customElements.define("message-log", MessageLog);
customElements.define("people-panel", PeoplePanel);
customElements.define("room-list", RoomList);
customElements.define("room-sheet", RoomSheet);
customElements.define("chat-app", ChatApp);

const lang = document.documentElement.lang || "en";
keepFilesOut(document, () => toast(aboutFiles(lang)));
const store = lastingStore();
const told = pageData("boot");
const boot = told ?? keptBoot(store);
const named = roomOf(location.pathname);
const known = boot?.rooms.some((/** @type {{id: string}} */ room) => room.id === named);
if (boot && (told || !named || known)) start(boot);
else location.replace("/offline");

/** @param {import("./chat.js").Boot} from */
function start(from) {
  const kept = new Kept(store, from);
  const chat = new Chat(from, {
    api,
    store,
    open: (protocol) => new WebSocket(socketAddress(), protocol),
    kept: told ? undefined : (room) => kept.room(room),
  });
  keepUp(chat, kept);
  const drafts = new Drafts(store, from.me?.id ?? "");
  find(document, "chat-app", ChatApp).start(chat, drafts, sayer(lang), times(lang));
  find(document, ".skip", HTMLElement).addEventListener("click", () => {
    find(document, "textarea", HTMLElement).focus();
  });
  // Not before the page stands: keeping its files for later is in no hurry.
  window.addEventListener("load", () => void keepInstalled({ lang, idle: nothingUnderWay }));
}

/** @param {Chat} chat @param {Kept} kept */
function keepUp(chat, kept) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!ended(chat)) kept.save(chat);
  };
  const soon = () => {
    timer ??= setTimeout(save, SAVE_MS);
  };
  // What the page started from may be an earlier person's, and the session meanwhile another one's.
  chat.addEventListener("replaced", () => location.reload());
  for (const topic of ["rooms", "log"]) chat.addEventListener(topic, soon);
  chat.addEventListener("signed_out", () => forgetKept(store));
  chat.addEventListener("connection", () => {
    if (ended(chat)) forgetKept(store);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) save();
  });
  window.addEventListener("pagehide", save);
}

/** @param {Chat} chat */
function ended({ status }) {
  return status.phase === "stopped";
}

function socketAddress() {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/`;
}

/** What outlives a reload, where the browser lets us. */
function lastingStore() {
  try {
    window.localStorage.setItem("madang.probe", "1");
    window.localStorage.removeItem("madang.probe");
    return window.localStorage;
  } catch {
    return memoryStore();
  }
}

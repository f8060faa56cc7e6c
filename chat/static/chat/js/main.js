/** The conversation page: reads what came with the document and starts the shell. */
import * as api from "./api.js";
import { Chat } from "./chat.js";
import { find, pageData } from "./dom.js";
import { Drafts, memoryStore } from "./drafts.js";
import { ChatApp } from "./elements/chat-app.js";
import { ConnectionStatus } from "./elements/connection-status.js";
import { MessageComposer } from "./elements/message-composer.js";
import { MessageLog } from "./elements/message-log.js";
import { PeoplePanel } from "./elements/people-panel.js";
import { RoomList } from "./elements/room-list.js";
import { RoomSheet } from "./elements/room-sheet.js";
import { sayer } from "./strings.js";
import { times } from "./time.js";

customElements.define("connection-status", ConnectionStatus);
customElements.define("message-composer", MessageComposer);
customElements.define("message-log", MessageLog);
customElements.define("people-panel", PeoplePanel);
customElements.define("room-list", RoomList);
customElements.define("room-sheet", RoomSheet);
customElements.define("chat-app", ChatApp);

const boot = pageData("boot");
const lang = document.documentElement.lang || "en";
const store = lastingStore();
const chat = new Chat(boot, {
  api,
  store,
  open: (protocol) => new WebSocket(socketAddress(), protocol),
});
const drafts = new Drafts(store, boot.me?.id ?? "");
find(document, "chat-app", ChatApp).start(chat, drafts, sayer(lang), times(lang));

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

/** The menu of one room in the list: pin, mute, copy its invite, leave. Loaded when it is first wanted. */
import { copyText } from "../clipboard.js";
import { icon, make } from "../dom.js";
import { openPanel } from "./panel.js";
import { toast } from "./toast.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../protocol.js").Room} Room
 * @typedef {import("../strings.js").Say} Say
 */

/**
 * @param {HTMLElement} anchor
 * @param {Room} room
 * @param {{chat: Chat, say: Say, leave: (room: Room) => void}} about  leave: asks whether one is sure
 */
export function openRoomMenu(anchor, room, { chat, say, leave }) {
  const list = make("div", "deeds");
  /** @param {string} deed @param {string} picture @param {string} words @param {() => void} act */
  const add = (deed, picture, words, act) => {
    const button = make("button", deed === "leave" ? "deed danger" : "deed", icon(picture), words);
    button.type = "button";
    button.dataset.deed = deed;
    button.addEventListener("click", () => {
      dialog.close();
      act();
    });
    list.append(button);
  };
  /** @param {{pinned?: boolean, muted?: boolean}} kept */
  const keep = (kept) => {
    chat.keep(room.id, kept).catch((error) => toast(error.message || say("error.network")));
  };
  const { pinned, muted } = room;
  add("pin", "pin", say(pinned ? "room.unpin" : "room.pin"), () => keep({ pinned: !pinned }));
  add("mute", muted ? "bell" : "mute", say(muted ? "room.unmute" : "room.mute"), () => keep({ muted: !muted }));
  const { code } = room;
  if (code) add("invite", "link", say("room.copy_invite"), () => void copy(code, say));
  if (room.kind === "room") add("leave", "exit", say("room.leave"), () => leave(room));
  const { dialog } = openPanel(anchor, { label: room.title, className: "menu", content: [list] });
}

/** @param {string} code @param {Say} say */
async function copy(code, say) {
  const done = await copyText(`${location.origin}/join#${code}`);
  toast(say(done ? "invite.copied" : "invite.copy_failed"));
}

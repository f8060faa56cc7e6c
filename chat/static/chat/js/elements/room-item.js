/**
 * One room in the list: its link, or the button by which one joins, and the button of its menu.
 * Stays the same while the room changes, part by part: who has the focus on it or presses it just
 * then goes on with it.
 */
import { arrange, face, icon, make, paintFace } from "../dom.js";
import { badge } from "../rooms.js";

/**
 * @typedef {import("../protocol.js").Room} Room
 * @typedef {import("../strings.js").Say} Say
 * @typedef {{unread: number, current: boolean}} Here  current: whether it is the open one
 * @typedef {{join: (room: string) => void, menu: (anchor: HTMLElement, room: string) => void}} Ways
 */

export class RoomItem {
  element = make("li");
  #id;
  #say;
  #times;
  #ways;
  #look = "";
  /** @type {HTMLElement|null} */
  #link = null;
  /** @type {HTMLButtonElement|null} */
  #more = null;
  #face = face("", "");
  #name = make("span", "clip");
  #title = make("span", "title", this.#name);
  #when = make("span", "when");
  #preview = make("span", "preview clip");
  #count = make("span", "count");
  #pin;
  #mute;

  /** @param {string} id of the room @param {{say: Say, times: import("../time.js").Times|null}} words @param {Ways} ways */
  constructor(id, { say, times }, ways) {
    this.#id = id;
    this.#say = say;
    this.#times = times;
    this.#ways = ways;
    this.#pin = sign("pin", say("room.pinned"));
    this.#mute = sign("mute", say("room.muted"));
    this.#count.setAttribute("role", "img");
  }

  /** @param {Room} room as it is now @param {Here} here */
  draw(room, { unread, current }) {
    const { title, joined, closed, last, members, pinned, muted } = room;
    const day = this.#times?.stamp;
    const look = JSON.stringify([title, joined, closed, last, members, pinned, muted, unread, current, day]);
    if (look === this.#look) return;
    this.#look = look;
    const entered = joined || room.kind === "board";
    const link = this.#linkFor(entered);
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    link.classList.toggle("unread", unread > 0 && !muted);
    paintFace(this.#face, room.kind === "board" ? "60" : room.id, title);
    this.#name.textContent = title;
    arrange(this.#title, [this.#name, ...(pinned ? [this.#pin] : []), ...(muted ? [this.#mute] : [])]);
    this.#preview.textContent = this.#words(room, entered);
    const parts = [this.#face, this.#title];
    if (last && entered) parts.push(this.#when);
    parts.push(this.#preview);
    if (unread > 0) parts.push(this.#count);
    this.#when.textContent = last ? (this.#times?.short(last.at) ?? "") : "";
    this.#count.textContent = badge(unread);
    this.#count.classList.toggle("muted", Boolean(muted));
    this.#count.setAttribute("aria-label", this.#say("room.unread", { count: unread }));
    arrange(link, parts);
    arrange(this.element, joined ? [link, this.#moreOf(room)] : [link]);
  }

  /** @param {boolean} entered @returns {HTMLElement} the same one until one joins or leaves */
  #linkFor(entered) {
    if (this.#link?.localName !== (entered ? "a" : "button")) {
      this.#link = entered ? this.#door() : this.#joinButton();
    }
    return this.#link;
  }

  #door() {
    const link = make("a", "room-link");
    link.href = `/rooms/${this.#id}`;
    return link;
  }

  #joinButton() {
    const element = make("button", "room-link");
    element.type = "button";
    element.addEventListener("click", () => this.#ways.join(this.#id));
    return element;
  }

  /** The button of a room's menu; fingers press long instead. @param {Room} room */
  #moreOf(room) {
    const more = (this.#more ??= this.#moreButton());
    more.setAttribute("aria-label", this.#say("room.menu", { room: room.title }));
    return more;
  }

  #moreButton() {
    const more = make("button", "icon-button room-more", icon("more"));
    more.type = "button";
    more.setAttribute("aria-haspopup", "dialog");
    more.addEventListener("click", () => this.#ways.menu(more, this.#id));
    return more;
  }

  /** What stands beneath the title. @param {Room} room @param {boolean} entered */
  #words(room, entered) {
    if (room.closed) return this.#say("room.closed");
    if (!entered) return this.#say("room.members", { count: room.members });
    if (!room.last) return this.#say("room.empty_preview");
    const text = room.last.text.replace(/\s+/gu, " ");
    return room.last.author ? this.#say("room.said", { name: room.last.author, text }) : text;
  }
}

/** A small mark beside the title. @param {string} picture @param {string} words */
function sign(picture, words) {
  const mark = make("span", "sign", icon(picture));
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", words);
  return mark;
}

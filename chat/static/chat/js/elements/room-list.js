/** <room-list>: the board, my rooms and the open ones, live; and the field for a code. */
import { Refused } from "../api.js";
import { codeIn } from "../code.js";
import { arrange, face, find, icon, make, paintFace } from "../dom.js";
import { onceAFrame } from "../frames.js";
import { badge } from "../rooms.js";
import { roomOf } from "../route.js";
import { onHold } from "./hold.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../protocol.js").Room} Room
 * @typedef {import("../strings.js").Say} Say
 * @typedef {import("../time.js").Times} Times
 * @typedef {{go: (room: string) => void, join: (which: {code: string}|{room: string}) => Promise<Room>,
 *   leave: (room: Room) => void}} Doors
 */

export class RoomList extends HTMLElement {
  #stop = new AbortController();
  /** @type {Map<string, {look: string, item: HTMLElement}>} */
  #items = new Map();
  /** @type {Chat|null} */
  #chat = null;
  /** @type {Say} */
  #say = () => "";
  /** @type {Times|null} */
  #times = null;
  /** @type {Doors|null} */
  #doors = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #countdown;

  /** @param {Chat} chat @param {Say} say @param {Times} times @param {Doors} doors */
  bind(chat, say, times, doors) {
    this.#chat = chat;
    this.#say = say;
    this.#times = times;
    this.#doors = doors;
    const { signal } = this.#stop;
    const form = find(this, ".code-form", HTMLFormElement);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#enter(form);
    }, { signal });
    chat.addEventListener("rooms", onceAFrame(() => this.draw()), { signal });
    const nav = find(this, "nav", HTMLElement);
    nav.addEventListener("contextmenu", (event) => {
      if (this.#pressed(event.target)) event.preventDefault();
    }, { signal });
    onHold(nav, (target) => this.#pressed(target), signal);
    this.draw();
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  draw() {
    const chat = this.#chat;
    if (!chat) return;
    const { board, mine, open } = chat.rooms.sections;
    this.#section("board", board ? [board] : []);
    this.#section("mine", mine);
    this.#section("open", open);
    const { me } = chat;
    if (!me) return;
    paintFace(find(this, ".me .face", HTMLElement), me.id, me.name);
    find(this, ".me bdi", HTMLElement).textContent = me.name;
  }

  /** @param {string} name @param {Room[]} rooms */
  #section(name, rooms) {
    const list = find(this, `[data-section="${name}"]`, HTMLElement);
    const section = list.closest("section");
    if (section) section.hidden = rooms.length === 0;
    arrange(list, rooms.map((room) => this.#item(room)));
  }

  /** @param {Room} room @returns {HTMLElement} the same one while nothing on it changes */
  #item(room) {
    const unread = this.#chat?.rooms.unread(room.id) ?? 0;
    const current = this.#chat?.open === room.id;
    const { title, joined, closed, last, members, pinned, muted } = room;
    const look = JSON.stringify([title, joined, closed, last, members, pinned, muted, unread, current]);
    const known = this.#items.get(room.id);
    if (known?.look === look) return known.item;
    const content = [this.#link(room, unread, current)];
    if (joined) content.push(this.#more(room));
    if (known) {
      known.item.replaceChildren(...content);
      known.look = look;
      return known.item;
    }
    const item = make("li", "", ...content);
    this.#items.set(room.id, { look, item });
    return item;
  }

  /** @param {Room} room @param {number} unread @param {boolean} current */
  #link(room, unread, current) {
    const entered = room.joined || room.kind === "board";
    const element = entered ? this.#door(room, current) : this.#joinButton(room);
    element.append(
      face(room.kind === "board" ? "60" : room.id, room.title),
      make("span", "title", make("span", "clip", room.title), ...this.#marks(room)),
    );
    if (room.last && entered) element.append(make("span", "when", this.#times?.short(room.last.at) ?? ""));
    element.append(make("span", "preview clip", this.#preview(room, entered)));
    if (unread > 0) {
      element.classList.toggle("unread", !room.muted);
      const count = make("span", room.muted ? "count muted" : "count", badge(unread));
      count.setAttribute("aria-label", this.#say("room.unread", { count: unread }));
      count.setAttribute("role", "img");
      element.append(count);
    }
    return element;
  }

  /** Small signs beside the title. @param {Room} room */
  #marks({ pinned, muted }) {
    /** @type {[boolean|undefined, string, string][]} */
    const all = [[pinned, "pin", "room.pinned"], [muted, "mute", "room.muted"]];
    return all.filter(([on]) => on).map(([, picture, words]) => {
      const mark = make("span", "sign", icon(picture));
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", this.#say(words));
      return mark;
    });
  }

  /** The button of a room's menu; fingers press long instead. @param {Room} room */
  #more(room) {
    const more = make("button", "icon-button room-more", icon("more"));
    more.type = "button";
    more.setAttribute("aria-haspopup", "dialog");
    more.setAttribute("aria-label", this.#say("room.menu", { room: room.title }));
    more.addEventListener("click", () => void this.#menu(more, room.id));
    return more;
  }

  /** @param {HTMLElement} anchor @param {string} id */
  async #menu(anchor, id) {
    const { openRoomMenu } = await import("./room-menu.js");
    const room = this.#chat?.rooms.get(id);
    const leave = this.#doors?.leave;
    if (room && this.#chat && leave) openRoomMenu(anchor, room, { chat: this.#chat, say: this.#say, leave });
  }

  /** A long press or the right button opens the menu of the room beneath. @param {EventTarget|null} target */
  #pressed(target) {
    const link = target instanceof Element ? target.closest("a.room-link") : null;
    const room = link instanceof HTMLAnchorElement ? roomOf(link.pathname) : null;
    if (!(link instanceof HTMLElement) || !room || !this.#chat?.rooms.get(room)?.joined) return false;
    void this.#menu(link, room);
    return true;
  }

  /** @param {Room} room @param {boolean} current */
  #door(room, current) {
    const link = make("a", "room-link");
    link.href = `/rooms/${room.id}`;
    if (current) link.setAttribute("aria-current", "page");
    return link;
  }

  /** @param {Room} room */
  #joinButton(room) {
    const element = make("button", "room-link");
    element.type = "button";
    element.addEventListener("click", () => void this.#join({ room: room.id }));
    return element;
  }

  /** @param {Room} room @param {boolean} entered */
  #preview(room, entered) {
    if (room.closed) return this.#say("room.closed");
    if (!entered) return this.#say("room.members", { count: room.members });
    if (!room.last) return this.#say("room.empty_preview");
    const text = room.last.text.replace(/\s+/gu, " ");
    return room.last.author ? this.#say("room.said", { name: room.last.author, text }) : text;
  }

  /** @param {HTMLFormElement} form */
  async #enter(form) {
    const field = find(form, "input[name=code]", HTMLInputElement);
    const code = codeIn(field.value);
    if (code && (await this.#join({ code }))) field.value = "";
  }

  /** @param {{code: string}|{room: string}} which @returns {Promise<boolean>} whether one is in */
  async #join(which) {
    const message = find(this, "#code-error", HTMLElement);
    const field = find(this, "input[name=code]", HTMLInputElement);
    message.hidden = true;
    clearTimeout(this.#countdown);
    field.removeAttribute("aria-invalid");
    try {
      const room = await this.#doors?.join(which);
      if (room) this.#doors?.go(room.id);
      return true;
    } catch (error) {
      this.#explain(message, error);
      if ("code" in which) field.setAttribute("aria-invalid", "true");
      return false;
    }
  }

  /** Says why, and counts down where one has to wait. @param {HTMLElement} message @param {unknown} error */
  #explain(message, error) {
    const refused = error instanceof Refused && error.message ? error : null;
    const until = Date.now() + (refused?.retryAfter ?? 0) * 1000;
    // Seen, not read out: an alert that speaks every second helps nobody.
    const wait = make("span");
    wait.setAttribute("aria-hidden", "true");
    const tell = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      wait.textContent = left > 0 ? ` ${this.#say("error.wait", { count: left })}` : "";
      if (left > 0) this.#countdown = setTimeout(tell, 1000);
      else message.hidden = refused?.retryAfter != null;
    };
    message.replaceChildren(refused?.message ?? this.#say("error.network"), wait);
    message.hidden = false;
    tell();
  }
}

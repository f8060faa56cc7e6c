/** <room-list>: the board, my rooms and the open ones, live; and the field for a code. */
import { Refused } from "../api.js";
import { codeIn } from "../code.js";
import { arrange, find, make, paintFace } from "../dom.js";
import { onceAFrame } from "../frames.js";
import { roomOf } from "../route.js";
import { onHold } from "./hold.js";
import { RoomItem } from "./room-item.js";

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
  /** @type {Map<string, RoomItem>} */
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
    const draw = onceAFrame(() => this.draw());
    for (const topic of ["rooms", "turned"]) chat.addEventListener(topic, draw, { signal });
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
    const held = document.activeElement;
    this.#section("board", board ? [board] : []);
    this.#section("mine", mine);
    this.#section("open", open);
    // What is moved loses the focus.
    if (held !== document.activeElement && held instanceof HTMLElement) held.focus({ preventScroll: true });
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

  /** @param {Room} room @returns {HTMLElement} the same one as long as the page stands */
  #item(room) {
    const { id } = room;
    const item = this.#items.get(id) ?? new RoomItem(id, { say: this.#say, times: this.#times }, {
      join: (which) => void this.#join({ room: which }),
      menu: (anchor, which) => void this.#menu(anchor, which),
    });
    this.#items.set(id, item);
    item.draw(room, { unread: this.#chat?.rooms.unread(id) ?? 0, current: this.#chat?.open === id });
    return item.element;
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

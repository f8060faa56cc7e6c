/**
 * <chat-app>: the shell. Shows the list, a room, or both, as address and width say, and binds
 * every part of the page to the one conversation.
 */
import * as api from "../api.js";
import { Announcer } from "../announcer.js";
import { apple, coarse } from "../device.js";
import { find, make } from "../dom.js";
import { onceAFrame } from "../frames.js";
import { badge, BOARD } from "../rooms.js";
import { pathOf, roomOf, seqOf } from "../route.js";
import { placeOf, shortcutOf } from "../shortcuts.js";
import { systemClock } from "../socket.js";
import { followTime } from "../time.js";
import { followKeyboard } from "../viewport.js";
import { inviteCard } from "./invite-card.js";
import { ConnectionStatus } from "./connection-status.js";
import { MessageActs } from "./message-acts.js";
import { MessageComposer } from "./message-composer.js";
import { MessageLog } from "./message-log.js";
import { PeoplePanel } from "./people-panel.js";
import { RoomList } from "./room-list.js";
import { RoomSheet } from "./room-sheet.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../drafts.js").Drafts} Drafts
 * @typedef {import("../strings.js").Say} Say
 * @typedef {import("../time.js").Times} Times
 */

const NARROW = matchMedia("(max-width: 720px)");

export class ChatApp extends HTMLElement {
  #stop = new AbortController();
  /** @type {Chat|null} */
  #chat = null;
  /** @type {Say} */
  #say = () => "";
  /** @type {Times|null} */
  #times = null;
  /** @type {Announcer|null} */
  #announcer = null;

  /** @param {Chat} chat @param {Drafts} drafts @param {Say} say @param {Times} times */
  start(chat, drafts, say, times) {
    this.#chat = chat;
    this.#say = say;
    this.#times = times;
    this.#announcer = new Announcer({
      say,
      after: systemClock.after,
      muted: () => drafts.store.getItem("madang.quiet") !== null,
      speak: (text) => {
        // A new element each time: of the same words twice in a row only the first would be read.
        find(this, "[data-announcer]", HTMLElement).replaceChildren(make("p", "", text));
      },
    });
    this.#bind(chat, drafts, say, times);
    this.#listen(chat);
    followKeyboard(this, this.#stop.signal);
    // Whatever shows times draws them anew.
    followTime(times, () => chat.dispatchEvent(new Event("turned")), this.#stop);
    this.#route();
    chat.start();
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  /** @param {Chat} chat @param {Drafts} drafts @param {Say} say @param {Times} times */
  #bind(chat, drafts, say, times) {
    const composer = this.#composer;
    const { signal } = this.#stop;
    const acts = new MessageActs(this.#log, { chat, say, times, writer: composer, store: drafts.store }, signal);
    const look = { say, times, me: () => chat.me?.id ?? "", whole: acts.whole };
    this.#log.bind(chat, look, (room) => inviteCard(room, say));
    composer.bind(chat, drafts, say, {
      sent: () => this.#log.toEnd(),
      up: () => acts.editLast(),
    });
    find(this, "room-list", RoomList).bind(chat, say, times, this.#doors);
    find(this, "connection-status", ConnectionStatus).bind(chat, say);
    find(this, "people-panel", PeoplePanel).bind(chat, say);
    find(this, "room-sheet", RoomSheet).bind(say, {
      leave: (room) => this.#leave(room),
      keep: (room, kept) => chat.keep(room, kept),
    });
  }

  /** @param {Chat} chat */
  #listen(chat) {
    const { signal } = this.#stop;
    const seek = find(this, ".seek", HTMLElement);
    seek.addEventListener("click", () => void this.#seek(), { signal });
    if (apple) seek.setAttribute("aria-keyshortcuts", "Meta+Shift+F /");
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    const head = onceAFrame(() => this.#head());
    chat.addEventListener("rooms", head, { signal });
    chat.addEventListener("people", head, { signal });
    chat.addEventListener("signed_out", () => location.assign("/"), { signal });
    chat.addEventListener("refused", (event) => this.#refused(event), { signal });
    chat.addEventListener("heard", (event) => this.#heard(event), { signal });
    window.addEventListener("popstate", () => this.#route(true), { signal });
    window.addEventListener("online", () => chat.wake(), { signal });
    window.addEventListener("offline", () => chat.sleep(), { signal });
    window.addEventListener("pageshow", () => chat.wake(), { signal });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) chat.wake();
    }, { signal });
    NARROW.addEventListener("change", () => this.#route(), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.addEventListener("madang:open-message", (event) => this.#openMessage(event), { signal });
    this.#log.addEventListener("newest", () => this.#forgetMessage(), { signal });
    find(this, ".now", HTMLElement).addEventListener("click", () => {
      find(this, "people-panel", PeoplePanel).show();
    }, { signal });
    find(this, ".menu", HTMLElement).addEventListener("click", () => {
      const room = chat.open ? chat.rooms.get(chat.open) : undefined;
      if (room) find(this, "room-sheet", RoomSheet).show(room);
    }, { signal });
  }

  get #log() {
    return find(this, "message-log", MessageLog);
  }

  get #composer() {
    return find(this, "message-composer", MessageComposer);
  }

  /** Links to rooms and to the list stay on this page. @param {MouseEvent} event */
  #clicked(event) {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.origin !== location.origin || link.target) return;
    const path = link.pathname;
    if (path !== "/rooms" && roomOf(path) === null) return;
    if (path === "/rooms/new") return;
    event.preventDefault();
    this.#go(roomOf(path), seqOf(link.hash));
  }

  /** A quote, a hit of the search or a link asks for a message. @param {Event} event */
  #openMessage(event) {
    const { room, seq } = /** @type {CustomEvent<{room: string, seq: number}>} */ (event).detail;
    this.#go(room, seq);
  }

  /** @param {string|null} room @param {number|null} seq of the message to open */
  #go(room, seq = null) {
    const path = pathOf(room, seq);
    if (pathOf(room) === location.pathname) history.replaceState(null, "", path);
    else history.pushState(null, "", path);
    this.#route(true);
  }

  /** Who went on to the newest does not come back to the message of the address by a reload. */
  #forgetMessage() {
    if (seqOf(location.hash) !== null) history.replaceState(null, "", location.pathname);
  }

  /** Shows what the address says; beside the list there is always a room, the board at first. */
  #route(moving = false) {
    const chat = this.#chat;
    if (!chat) return;
    const named = roomOf(location.pathname);
    const shown = named ?? (NARROW.matches ? null : BOARD);
    const seq = named ? seqOf(location.hash) : null;
    if (shown && !chat.rooms.get(shown)) {
      // Not on this page's list: the server knows whether it is mine.
      location.assign(pathOf(shown, seq));
      return;
    }
    this.classList.toggle("moving", moving);
    this.dataset.view = named ? "room" : "list";
    const changed = chat.open !== shown;
    chat.show(shown);
    this.#log.opened();
    this.#composer.opened();
    this.#head();
    if (seq) void this.#log.openAt(seq);
    else if (moving && changed) this.#focus(named);
    else if (!moving && shown && !coarse()) this.#composer.focus();
  }

  /** @param {string|null} named */
  #focus(named) {
    if (named && !coarse()) this.#composer.focus();
    else if (named) this.#log.scroller.focus({ preventScroll: true });
    else find(this, "room-list nav a", HTMLElement).focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const shortcut = shortcutOf(event, placeOf(event.target));
    const narrow = NARROW.matches && this.dataset.view === "room";
    if (!shortcut || document.querySelector("dialog:modal") || (shortcut === "leave" && !narrow)) return;
    event.preventDefault();
    if (shortcut === "search") void this.#seek();
    else if (shortcut === "switch") void this.#switch();
    else if (shortcut === "help") void this.#help();
    else if (shortcut === "leave") this.#go(null);
    else {
      const room = this.#chat?.rooms.beside(this.#chat.open, shortcut === "next" ? 1 : -1);
      if (room) this.#go(room);
    }
  }

  /** The search comes when it is first wanted, with its own style. */
  async #seek() {
    const { openSearch } = await import("./search-panel.js");
    const { style = "" } = find(this, ".seek", HTMLElement).dataset;
    if (this.#chat && this.#times) openSearch(this, style, this.#chat, this.#times);
  }

  async #switch() {
    const { openSwitcher } = await import("./room-switcher.js");
    const chat = this.#chat;
    if (chat) openSwitcher(this, { chat, doors: this.#doors, lang: this.#lang });
  }

  async #help() {
    const { openShortcuts } = await import("./shortcut-sheet.js");
    openShortcuts(this, this.#lang);
  }

  get #lang() {
    return document.documentElement.lang;
  }

  /** @returns {import("./room-list.js").Doors} */
  get #doors() {
    return {
      go: (room) => this.#go(room),
      join: (which) => this.#join(which),
      leave: (room) => find(this, "room-sheet", RoomSheet).show(room, true),
    };
  }

  /** The room's title line, and the document's title with what is unread. */
  #head() {
    const chat = this.#chat;
    if (!chat) return;
    const room = chat.open ? chat.rooms.get(chat.open) : undefined;
    find(this, ".room-head h1", HTMLElement).textContent = room?.title ?? "";
    const now = find(this, ".now", HTMLElement);
    now.hidden = !chat.presence;
    now.textContent = this.#say("room.now", { count: chat.presence?.count ?? 0 });
    find(this, ".menu", HTMLElement).hidden = room?.kind !== "room";
    const app = this.#say("app.name");
    const title = room ? this.#say("title.room", { room: room.title, app }) : app;
    const unread = badge(chat.rooms.total);
    document.title = unread ? this.#say("title.unread", { count: unread, title }) : title;
  }

  /** @param {{code: string}|{room: string}} which */
  async #join(which) {
    const room = await api.join(which);
    this.#chat?.rooms.put({ ...room, joined: true });
    void this.#chat?.refreshRooms();
    return room;
  }

  /** @param {string} room */
  async #leave(room) {
    await api.leave(room);
    this.#chat?.rooms.remove(room);
    if (room === this.#chat?.open) history.replaceState(null, "", "/rooms");
    this.#route(true);
    void this.#chat?.refreshRooms();
  }

  /** The open room is no longer ours: back to the list, with the server's word for the rest. @param {Event} event */
  #refused(event) {
    const { code, room } = /** @type {CustomEvent} */ (event).detail;
    const chat = this.#chat;
    if (!chat || room !== chat.open || (code !== "not_found" && code !== "forbidden")) return;
    chat.rooms.remove(room);
    history.replaceState(null, "", "/rooms");
    this.#route(true);
    void chat.refreshRooms();
  }

  /** @param {Event} event */
  #heard(event) {
    const said = /** @type {CustomEvent} */ (event).detail;
    const chat = this.#chat;
    if (!chat || said.author.id === chat.me?.id || said.room !== chat.open) return;
    if (said.seq === said.change && chat.timeline(said.room).live) this.#announcer?.heard(said);
  }
}

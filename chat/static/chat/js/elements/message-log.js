/**
 * <message-log>: the messages of the open room, and where one stands among them.
 * Keeps the place of the reader whatever comes or goes above or below; draws once a frame.
 */
import { Divider } from "../divider.js";
import { find } from "../dom.js";
import { buildRows } from "../rows.js";
import { Span } from "../span.js";
import { bones, empty, failed, note } from "./log-head.js";
import { renderRow, sameLook } from "./message-row.js";
import { RowList } from "./row-list.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../rows.js").Row} Row
 * @typedef {import("../protocol.js").Said} Said
 * @typedef {import("./message-row.js").Look} Look
 * @typedef {(room: import("../protocol.js").Room) => HTMLElement|null} InviteCard
 */

const END_PX = 80;
const NEAR_EDGE_PX = 600;

export class MessageLog extends HTMLElement {
  #stop = new AbortController();
  #span = new Span();
  /** @type {Chat|null} */
  #chat = null;
  /** @type {Look|null} */
  #look = null;
  /** @type {InviteCard} */
  #inviteCard = () => null;
  /** @type {RowList|null} */
  #list = null;
  /** @type {string|null} */
  #room = null;
  #divider = new Divider();
  #atEnd = true;
  #drawing = false;
  #loading = false;
  #failed = false;
  /** Until the room goes on live, nothing counts as read and the new line is still being sought. */
  #opening = true;
  #lineShown = false;

  /** @returns {HTMLElement} what scrolls */
  get scroller() {
    return find(this, ".log", HTMLElement);
  }

  /** @param {Chat} chat @param {Look} look @param {InviteCard} inviteCard */
  bind(chat, look, inviteCard) {
    this.#chat = chat;
    this.#look = look;
    this.#inviteCard = inviteCard;
    this.#list = new RowList(find(this, ".rows", HTMLElement), this.scroller, {
      render: (row) => renderRow(row, look),
      same: sameLook,
    });
    const { signal } = this.#stop;
    chat.addEventListener("log", () => this.#draw(), { signal });
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    find(this, ".pill", HTMLElement).addEventListener("click", () => this.toEnd(), { signal });
    document.addEventListener("visibilitychange", () => this.#looked(), { signal });
    window.addEventListener("focus", () => this.#looked(), { signal });
    const sizes = new ResizeObserver(() => this.#resized());
    sizes.observe(this.scroller);
    signal.addEventListener("abort", () => sizes.disconnect());
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  /** Another room is open now, or none. */
  opened() {
    const room = this.#chat?.open ?? null;
    if (room === this.#room) return;
    this.#room = room;
    this.#span = new Span();
    this.#list?.clear();
    this.#failed = false;
    this.#atEnd = true;
    this.#opening = true;
    this.#lineShown = false;
    const state = room ? this.#chat?.rooms.get(room) : undefined;
    this.#divider = new Divider(state?.joined ? state : null, this.#rows);
    this.#drawNow();
  }

  /** Shows the newest message. */
  toEnd() {
    this.#span.toNewest();
    this.#atEnd = true;
    this.#divider.news = 0;
    this.#drawNow();
    this.#toBottom();
  }

  /** @returns {readonly Said[]} */
  get #rows() {
    return this.#room && this.#chat ? this.#chat.timeline(this.#room).rows : [];
  }

  /** Draws in the next frame; a hidden tab has no frames, and needs none sooner than a while. */
  #draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    const run = () => {
      if (!this.#drawing) return;
      this.#drawing = false;
      this.#drawNow();
    };
    if (document.hidden) setTimeout(run, 250);
    else requestAnimationFrame(run);
  }

  #drawNow() {
    const chat = this.#chat;
    const room = this.#room;
    if (!chat || !room || !this.#look || !this.#list) return;
    const timeline = chat.timeline(room);
    const pending = chat.outbox.of(room);
    this.#divider.count(timeline.rows, {
      me: chat.me?.id,
      atEnd: this.#atEnd,
      looking: looking(),
    });
    this.#span.grown(timeline.rows, this.#atEnd);
    if (timeline.rows.length && !this.#span.of(timeline.rows).length) this.#span.toNewest();
    const shown = this.#span.of(timeline.rows);
    const rows = buildRows({
      rows: shown,
      pending: this.#span.following ? pending : [],
      me: chat.me,
      newAfter: this.#divider.after,
      dayOf: this.#look.times.dayKey,
      quote: (said) => timeline.quote(said),
      mine: timeline.mine,
    });
    const above = this.#above(timeline, shown.length + pending.length);
    this.#list.draw(rows, { above, keepEnd: this.#atEnd && this.#span.following });
    this.#settleOpening(timeline);
    this.#drawPill(timeline.rows);
    this.#looked();
    this.#fill();
  }

  /** Begins at what is new, once it is here. @param {import("../timeline.js").Timeline} timeline */
  #settleOpening(timeline) {
    if (!this.#opening) return;
    if (!this.#lineShown && this.#divider.after !== null) this.#lineShown = this.#showNewLine();
    if (timeline.live) this.#opening = false;
  }

  /** What stands above the first row. @param {import("../timeline.js").Timeline} timeline @param {number} count @returns {HTMLElement|null} */
  #above(timeline, count) {
    const say = this.#look?.say;
    if (!say || !this.#room) return null;
    if (!timeline.loaded) return bones(say);
    if (this.#failed) {
      return failed(say, () => {
        this.#failed = false;
        void this.#older();
      });
    }
    if (timeline.more || this.#span.hidesOlder(timeline.rows)) return note(say("log.loading"));
    if (count > 0) return note(say("log.beginning"));
    const room = this.#chat?.rooms.get(this.#room);
    const board = room?.kind === "board";
    const card = room && !board && !room.closed ? this.#inviteCard(room) : null;
    return empty(say(board ? "log.empty_board" : "log.empty_room"), card);
  }

  #scrolled() {
    if (this.#list?.moving) return;
    const left = this.#list?.distanceToEnd() ?? 0;
    this.#atEnd = this.#span.following && left < END_PX;
    if (this.#atEnd) this.#divider.news = 0;
    this.#drawPill(this.#rows);
    this.#looked();
    this.#fill();
  }

  /** Brings more rows when an edge of what is drawn comes near. */
  #fill() {
    const scroller = this.scroller;
    if (!this.#room || scroller.clientHeight === 0) return;
    const timeline = this.#chat?.timeline(this.#room);
    if (!timeline?.loaded) return;
    if (scroller.scrollTop < NEAR_EDGE_PX) {
      if (this.#span.hidesOlder(timeline.rows)) {
        this.#span.older(timeline.rows);
        this.#draw();
      } else if (timeline.more) void this.#older();
    }
    const left = this.#list?.distanceToEnd() ?? 0;
    if (!this.#span.following && left < NEAR_EDGE_PX) {
      this.#span.newer(timeline.rows);
      this.#draw();
    }
  }

  async #older() {
    if (this.#loading || this.#failed || !this.#room) return;
    const room = this.#room;
    const span = this.#span;
    this.#loading = true;
    try {
      // Rows that come in go above those shown, and are shown by the step that asked for them.
      if (await this.#chat?.older(room)) span.older(this.#rows);
    } catch {
      this.#failed = room === this.#room;
    } finally {
      this.#loading = false;
    }
    this.#draw();
  }

  /** @param {readonly Said[]} rows */
  #drawPill(rows) {
    const pill = find(this, ".pill", HTMLElement);
    const far = (this.#list?.distanceToEnd() ?? 0) > 1.5 * this.scroller.clientHeight;
    const show = !this.#atEnd && (this.#divider.news > 0 || far || this.#span.hiddenBelow(rows) > 0);
    pill.hidden = !show;
    const count = this.#divider.news;
    pill.classList.toggle("news", count > 0);
    const words = count > 0 ? "log.pill" : "log.to_end";
    find(pill, "span", HTMLElement).textContent =
      this.#look?.say(words, { count }) ?? "";
  }

  /** Tells whether the end is in view of somebody. */
  #looked() {
    const timeline = this.#room ? this.#chat?.timeline(this.#room) : undefined;
    const reading = looking() && this.#atEnd && this.#visible && (timeline?.live ?? false);
    if (!reading) this.#chat?.unread();
    else {
      this.#divider.sawEnd();
      this.#chat?.read();
    }
  }

  get #visible() {
    return this.scroller.clientHeight > 0;
  }

  /** The keyboard came or the window changed: the end stays the end. */
  #resized() {
    if (this.#atEnd) this.#toBottom();
    this.#fill();
    this.#looked();
  }

  #toBottom() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** @returns {boolean} whether there is such a line */
  #showNewLine() {
    const line = this.querySelector(".day.new");
    if (!line) return false;
    const scroller = this.scroller;
    const top = line.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    if (top >= 0) return true;
    scroller.scrollTop += top - scroller.clientHeight / 4;
    this.#atEnd = (this.#list?.distanceToEnd() ?? 0) < END_PX;
    return true;
  }
}

/** Whether somebody looks at this tab. */
function looking() {
  return document.visibilityState === "visible" && document.hasFocus();
}

/**
 * <message-log>: the messages of the open room, and where one stands among them.
 * Keeps the place of the reader whatever comes or goes above or below; draws once a frame.
 */
import { Attention } from "../attention.js";
import { Divider } from "../divider.js";
import { find } from "../dom.js";
import { onceAFrame } from "../frames.js";
import { Jump } from "../jump.js";
import { buildRows } from "../rows.js";
import { Span } from "../span.js";
import { LogButtons } from "./log-buttons.js";
import { LogFiller } from "./log-filler.js";
import { bones, logFoot, logHead } from "./log-head.js";
import { renderRow, retime, sameLook } from "./message-row.js";
import { RowList } from "./row-list.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../rows.js").Row} Row
 * @typedef {import("../timeline.js").Timeline} Timeline
 * @typedef {import("./message-row.js").Look} Look
 * @typedef {(room: import("../protocol.js").Room) => HTMLElement|null} InviteCard
 */

const END_PX = 80;
/** The window may be turned, and grow as large as the screen. */
const SIDE_PX = Math.max(screen.width, screen.height);

export class MessageLog extends HTMLElement {
  #stop = new AbortController();
  #span = new Span(SIDE_PX);
  #divider = new Divider();
  /** @type {Chat|null} */
  #chat = null;
  /** @type {Look|null} */
  #look = null;
  /** @type {InviteCard} */
  #inviteCard = () => null;
  /** @type {RowList|null} */
  #list = null;
  /** @type {LogButtons|null} */
  #buttons = null;
  /** @type {LogFiller|null} */
  #filler = null;
  /** @type {Attention|null} */
  #attention = null;
  #run = () => this.#drawNow();
  #draw = onceAFrame(this.#run);
  /** @type {string|null} */
  #room = null;
  #epoch = "";
  #resets = 0;
  #atEnd = true;
  #jump = new Jump();
  /** Until the room goes on live, nothing counts as read and the new line is still being sought. */
  #opening = true;

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
    this.#attention = new Attention({ document, window, changed: () => this.#looked(), signal });
    const ways = { down: () => this.toEnd(), unread: () => void this.#toUnread() };
    this.#buttons = new LogButtons(this, look.say, ways, signal);
    chat.addEventListener("log", () => this.#draw(), { signal });
    chat.addEventListener("turned", () => {
      this.#drawNow();
      this.#list?.each((row, element) => retime(element, row, look));
    }, { signal });
    chat.addEventListener("connection", () => this.#filler?.lineChanged(), { signal });
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    const sizes = new ResizeObserver(() => this.#resized());
    sizes.observe(this.scroller);
    signal.addEventListener("abort", () => sizes.disconnect());
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  /** Another room is open now, or none. @returns {boolean} whether it is another one */
  opened() {
    const chat = this.#chat;
    const room = chat?.open ?? null;
    if (!chat || room === this.#room) return false;
    this.#room = room;
    this.#list?.clear();
    this.#buttons?.tell("");
    this.#atEnd = true;
    this.#opening = true;
    this.#jump.cancel();
    this.#span = new Span(SIDE_PX);
    if (!room) return true;
    const timeline = chat.timeline(room);
    timeline.attach();
    this.#resets = timeline.resets;
    this.#epoch = timeline.epoch;
    this.#divider = new Divider(chat.rooms.get(room) ?? null, timeline.rows);
    this.#filler = new LogFiller(chat, room, this.#span, onceAFrame(this.#run, true));
    this.#drawNow();
    return true;
  }

  /** Shows the newest message. */
  toEnd() {
    this.#jump.cancel();
    this.#timeline?.attach();
    this.#span.toNewest();
    this.#atEnd = true;
    this.#divider.news = 0;
    this.#drawNow();
    this.#list?.toEnd();
    this.dispatchEvent(new CustomEvent("newest"));
  }

  /** Opens a message with its neighbours and points it out; says so when it is not there. @param {number} seq */
  async openAt(seq) {
    const arrival = await this.#goTo(seq);
    const word = arrival === "gone" ? "log.gone" : "error.network";
    if (arrival === "there") this.#pointOut(seq);
    else if (arrival !== "overtaken") this.#buttons?.tell(this.#look?.say(word) ?? "");
  }

  get #timeline() {
    return (this.#room && this.#chat?.timeline(this.#room)) || null;
  }

  /** @param {number} seq @returns {Promise<import("../jump.js").Arrival>} */
  async #goTo(seq) {
    const timeline = this.#timeline;
    if (!this.#chat || !this.#room || !timeline) return "overtaken";
    const arrival = await this.#jump.to(this.#chat.past, this.#room, seq);
    if (arrival === "overtaken") return arrival;
    this.#opening = false;
    this.#span.around(timeline.view.rows, seq);
    this.#atEnd = false;
    this.#drawNow();
    this.#list?.show((row) => row.kind === "message" && row.said.seq >= seq, 0.35);
    this.#scrolled();
    return arrival;
  }

  async #toUnread() {
    const timeline = this.#timeline;
    const { after } = this.#divider;
    if (!timeline || after === null) return;
    const first = this.#divider.first(timeline.view, this.#chat?.me?.id);
    if ((await this.#goTo(first?.seq ?? after + 1)) === "overtaken") return;
    this.#list?.show((row) => row.kind === "new", 0.2);
    this.#divider.met = true;
    this.#scrolled();
  }

  /** @param {number} seq */
  #pointOut(seq) {
    const element = this.querySelector(`[data-seq="${seq}"]`);
    if (!(element instanceof HTMLElement)) return;
    element.classList.add("found");
    element.addEventListener("animationend", () => element.classList.remove("found"), { once: true });
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
  }

  #drawNow() {
    const chat = this.#chat;
    const timeline = this.#timeline;
    const list = this.#list;
    if (!chat || !timeline || !this.#look || !this.#room || !list) return;
    if (timeline.resets !== this.#resets) this.#forgotten(timeline);
    if (this.#jump.held) {
      if (list.empty) list.draw([], { above: bones(this.#look.say), keepEnd: true });
      return;
    }
    const looking = this.#attention?.here ?? false;
    const me = chat.me?.id;
    if (this.#opening) this.#divider.brought(timeline.rows, me);
    this.#divider.count(timeline.rows, { me, atEnd: this.#atEnd, looking });
    const { rows } = timeline.view;
    const pending = chat.outbox.of(this.#room);
    this.#span.grown(rows, this.#atEnd);
    if (rows.length && !this.#span.of(rows).length) this.#span.toNewest();
    const shown = this.#span.of(rows);
    const drawn = buildRows({
      rows: shown,
      pending: this.#span.following && !timeline.detached ? pending : [],
      me: chat.me,
      newAfter: this.#lineAfter(timeline, shown),
      dayOf: this.#look.times.dayKey,
      quote: (said) => timeline.quote(said),
      mine: timeline.mine,
      over: chat.acts.changes.over(this.#room),
      above: this.#span.above(rows),
    });
    const above = logHead({
      say: this.#look.say,
      timeline,
      filler: this.#filler,
      hidden: this.#span.hidesOlder(rows),
      bare: drawn.length === 0,
      room: chat.rooms.get(this.#room),
      inviteCard: this.#inviteCard,
    });
    list.draw(drawn, { above, below: logFoot(this.#look.say, this.#filler), keepEnd: this.#atEnd });
    if (this.#opening || !looking) this.#stayAtLine();
    if (timeline.live) this.#opening = false;
    if (shown[0]) timeline.slim(shown[0].seq, shown.at(-1)?.seq ?? 0);
    this.#settle();
  }

  /** The rows were forgotten: who read further up goes on there, who read the end goes on at the end. @param {Timeline} timeline */
  #forgotten(timeline) {
    this.#resets = timeline.resets;
    const seq = this.#list?.firstSeq ?? null;
    const same = this.#epoch === timeline.epoch;
    this.#epoch = timeline.epoch;
    this.#span.toNewest();
    this.#jump.cancel();
    if (this.#atEnd || seq === null || !same || !this.#chat || !this.#room) {
      this.#atEnd = true;
      return;
    }
    void this.#jump.to(this.#chat.past, this.#room, seq).then((arrival) => {
      if (arrival === "overtaken") return;
      this.#span.around(timeline.view.rows, seq);
      this.#atEnd = timeline.view.rows.length === 0;
      this.#draw();
    });
  }

  /** Where the line stands, if its place is among the rows shown. @param {Timeline} timeline @param {readonly import("../protocol.js").Said[]} shown */
  #lineAfter(timeline, shown) {
    const first = this.#divider.first(timeline.view, this.#chat?.me?.id);
    return first && shown[0] && shown[0].seq <= first.seq ? this.#divider.after : null;
  }

  /** Begins at what is new, and stops there while nobody looks. */
  #stayAtLine() {
    if (this.#divider.met || !this.#atEnd) return;
    const top = this.#list?.topOf((row) => row.kind === "new") ?? null;
    if (top !== null && this.#opening) this.#divider.met = true;
    if (top === null || top >= 0) return;
    this.#list?.show((row) => row.kind === "new", 0.25);
    this.#atEnd = (this.#list?.distanceToEnd() ?? 0) < END_PX;
  }

  #scrolled() {
    const list = this.#list;
    if (!list?.movedByHand()) return;
    const left = list.distanceToEnd();
    const following = this.#span.following && !this.#timeline?.detached;
    // A hand that scrolls up, however little, wants to leave the end; down, to come near it.
    this.#atEnd = following && left < (list.movedUp ? 4 : END_PX);
    if (this.#atEnd) this.#divider.news = 0;
    this.#settle();
  }

  /** After each draw and each scroll: buttons, what is read, and more rows where an edge is near. */
  #settle() {
    const list = this.#list;
    const timeline = this.#timeline;
    if (!list || !timeline || this.#jump.held) return;
    const height = this.scroller.clientHeight;
    const left = list.distanceToEnd();
    const hidden = timeline.detached || this.#span.hiddenBelow(timeline.view.rows) > 0;
    const { news } = this.#divider;
    const down = !this.#atEnd && (news > 0 || hidden || left > 1.5 * height);
    const { scrollTop } = this.scroller;
    const unread = this.#unreadAbove();
    // Whatever is measured is measured before anything is drawn.
    this.#looked();
    this.#buttons?.draw({ down, news: this.#divider.news, unread });
    if (height > 0) this.#filler?.fill(scrollTop, left);
  }

  /** How many were unread above what one sees; 0 once the line was met. */
  #unreadAbove() {
    const divider = this.#divider;
    if (divider.met || divider.after === null || divider.unread === 0) return 0;
    const top = this.#list?.topOf((row) => row.kind === "new") ?? null;
    if (top !== null && top >= 0) divider.met = true;
    return divider.met ? 0 : divider.unread;
  }

  /** Tells whether the end is in view of somebody. */
  #looked() {
    const here = this.#attention?.here ?? false;
    const inView = this.#atEnd && !this.#jump.held && this.scroller.clientHeight > 0;
    if (!here || !inView || !this.#timeline?.live) this.#chat?.unread();
    else {
      this.#divider.sawEnd();
      this.#chat?.read();
    }
  }

  /** The keyboard came or the window changed: the end stays the end. */
  #resized() {
    if (this.#atEnd) this.#list?.toEnd();
    this.#settle();
  }
}

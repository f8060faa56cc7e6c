/**
 * The conversation of this tab: one socket, the room that is open, what was sent, who is here.
 * Binds the parts together and tells whoever listens what changed; touches no page.
 */
import * as commands from "./protocol.js";
import { Outgoing } from "./outgoing.js";
import { Past } from "./past.js";
import { Reads } from "./reads.js";
import { RoomNews } from "./room-news.js";
import { Rooms } from "./rooms.js";
import { LiveSocket, systemClock } from "./socket.js";
import { Timelines } from "./timelines.js";

/**
 * @typedef {import("./protocol.js").ServerEvent} ServerEvent
 * @typedef {import("./protocol.js").Room} Room
 * @typedef {import("./protocol.js").Person} Person
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {import("./protocol.js").MessageState} MessageState
 * @typedef {import("./timeline.js").Known} Known
 * @typedef {import("./socket.js").Status} Status
 * @typedef {{count: number, people: Person[]}} Presence
 * @typedef {"log"|"rooms"|"people"|"connection"|"outbox"|"typing"|"signed_out"|
 *   "replaced"} Topic  replaced: the session is another person's now
 * @typedef {{me: Person|null, room: string|null, rooms: Room[], listed: Room[], epoch: string,
 *   limits: {text: number, text_bytes: number, edit_minutes?: number}, heartbeat: number, page: MessageState[],
 *   head: number, mine?: Record<string, string[]>, more?: boolean}} Boot
 * @typedef {{history: import("./past.js").Ask, listRooms: () => Promise<Room[]>,
 *   keep: (room: string, kept: object) => Promise<Room>}} Api
 */

export class Chat extends EventTarget {
  /** @type {string|null} the room on the screen */
  open = null;
  /** @type {Presence|null} who is in the open room */
  presence = null;
  me;
  limits;
  rooms;
  outbox;
  /** Edits, deletions, reactions; and who is writing. */
  acts;
  /** What was said before, as far as one asks for it. */
  past;
  #api;
  #clock;
  #epoch;
  #news;
  #outgoing;
  #socket;
  #timelines;

  /**
   * @param {Boot} boot
   * @param {{open: (protocol: string) => import("./socket.js").WebSocketLike, api: Api,
   *   store: Storage, clock?: import("./socket.js").Clock,
   *   kept?: (room: string) => Known|null}} outside  kept: what a room begins with, without the line
   */
  constructor(boot, { open, api, store, clock = systemClock, kept = () => null }) {
    super();
    this.me = boot.me;
    this.limits = {
      signs: boot.limits.text,
      bytes: boot.limits.text_bytes,
      editMinutes: boot.limits.edit_minutes ?? 0,
    };
    this.rooms = new Rooms([...boot.rooms, ...boot.listed]);
    this.#api = api;
    this.#clock = clock;
    this.#epoch = boot.epoch;
    this.past = new Past({
      ask: api.history,
      timeline: (room) => this.timeline(room),
      changed: () => this.#tell("log"),
    });
    this.#news = new RoomNews({
      rooms: this.rooms,
      reads: new Reads(store, `${boot.me?.id ?? ""}.${boot.epoch}`),
      list: api.listRooms,
      clock,
      tell: (room, seq) => this.#socket.send(commands.read(room, seq)),
      changed: () => this.#tell("rooms"),
    });
    this.#socket = new LiveSocket({
      open,
      clock,
      onEvent: (event) => this.#receive(event),
      onStatus: (status) => this.#status(status),
    });
    this.#outgoing = new Outgoing({
      store,
      person: boot.me?.id ?? "",
      clock,
      line: this.#socket,
      tell: (...topics) => this.#tell(...topics),
      stored: (change) => this.timeline(change.room).acted(change),
      refused: (change, detail) => {
        this.dispatchEvent(new CustomEvent("unacted", { detail: { change, detail } }));
      },
    });
    this.outbox = this.#outgoing.outbox;
    this.acts = this.#outgoing.acts;
    this.#timelines = new Timelines((room) => this.#known(room, kept(room)));
    const { room, page } = boot;
    if (room) this.timeline(room).load(this.#known(room, { ...boot, messages: page }));
  }

  get status() {
    return this.#socket.status;
  }

  start() {
    this.#socket.start();
  }

  /** The network or the tab is back. */
  wake() {
    this.#socket.wake();
  }

  /** The device says that the network is gone. */
  sleep() {
    this.#socket.sleep();
  }

  stop() {
    this.#socket.stop();
  }

  /** @param {string} room @returns {import("./timeline.js").Timeline} what is known of it; empty at first */
  timeline(room) {
    return this.#timelines.of(room, this.open);
  }

  /** Puts a room on the screen, or none; only the one that is open is listened to. @param {string|null} room */
  show(room) {
    if (room === this.open) return;
    this.unread();
    if (this.open) {
      this.#socket.send(commands.unsubscribe(this.open));
      this.timeline(this.open).end();
    }
    this.open = room;
    this.presence = null;
    this.acts.typists.clear();
    if (room) this.#subscribe(room);
    this.#tell("people", "rooms", "typing");
  }

  /** @param {string} text @param {number|null} replyTo */
  send(text, replyTo = null) {
    if (this.open) this.#outgoing.sending.add(this.open, text, replyTo);
  }

  /** @param {string} nonce */
  retry(nonce) {
    this.#outgoing.sending.retry(nonce);
  }

  /** @param {string} nonce @returns {string} the text it had */
  discard(nonce) {
    return this.#outgoing.sending.discard(nonce);
  }

  /** Someone looks at the end of the open room; the server is told when that is news. */
  read() {
    const room = this.open;
    const last = room ? this.timeline(room).rows.at(-1) : null;
    if (!room || !last) return;
    this.rooms.reading = room;
    this.#news.read(room, last.seq);
  }

  /** Nobody looks at the end any more. */
  unread() {
    if (this.open) this.#news.tellNow(this.open);
    this.rooms.reading = null;
  }

  /** Pins or mutes a room in one's own list. @param {string} room @param {{pinned?: boolean, muted?: boolean}} kept */
  keep(room, kept) {
    return this.#news.keep(room, kept, this.#api.keep);
  }

  /** Reads the list of rooms anew. */
  refreshRooms() {
    return this.#news.refresh();
  }

  /** @param {Status} status */
  #status(status) {
    if (status.phase === "waiting" || status.phase === "stopped") {
      this.#outgoing.interrupted();
      if (this.open) this.timeline(this.open).end();
      // Who is here is known by the line alone; without one, nobody is shown as a ghost.
      this.presence = null;
      this.#tell("people");
    }
    this.#tell("connection", "log");
  }

  /** @param {ServerEvent} event */
  #receive(event) {
    switch (event.type) {
      case "hello":
        this.#hello(event);
        break;
      case "ack":
        this.#outgoing.acked(event);
        this.#caughtUp();
        break;
      case "error":
        if (this.#outgoing.refused(event) || this.#subscribesLater(event)) break;
        this.dispatchEvent(new CustomEvent("refused", { detail: event }));
        break;
      case "heads":
        this.#outgoing.alive();
        break;
      case "rooms":
        this.#news.told(event, this.open);
        break;
      case "read":
        this.#news.readElsewhere(event);
        break;
      case "presence":
        this.#present(event);
        break;
      case "typing":
        if (event.room === this.open) this.acts.typed(event, this.me?.id ?? "");
        break;
      case "signed_out":
        this.stop();
        this.#tell("signed_out");
        break;
      default:
        if (typeof event.room === "string") this.#feed(event.room, event);
    }
  }

  /** @param {ServerEvent} hello */
  #hello(hello) {
    if (hello.you && hello.you.id !== this.me?.id) {
      // Nothing of what waits here may go out under another name.
      this.stop();
      this.#tell("replaced");
      return;
    }
    if (hello.epoch) this.#epoch = hello.epoch;
    if (hello.you) this.me = { ...this.me, ...hello.you };
    if (this.open) this.#subscribe(this.open);
    this.#outgoing.flush();
    this.#news.refreshSoon();
  }

  /** @param {string} room */
  #subscribe(room) {
    const timeline = this.timeline(room);
    timeline.begin(this.#epoch);
    this.#socket.send(commands.subscribe(room, timeline.cursor));
    this.#tell("log");
  }

  /** A room that may not be heard yet is asked for again. @param {ServerEvent} error */
  #subscribesLater({ code, room, nonce, retry_after: after }) {
    if (code !== "rate_limited" || nonce || room !== this.open || this.timeline(room).live) return false;
    this.#clock.after(() => {
      if (room === this.open && !this.timeline(room).live) this.#subscribe(room);
    }, (after ?? 1) * 1000);
    return true;
  }

  /** @param {string} room @param {ServerEvent} event numbered, or about the subscription */
  #feed(room, event) {
    const timeline = this.timeline(room);
    const outcome = timeline.receive(event);
    if (outcome === "jump") {
      if (room === this.open) this.#subscribe(room);
      return;
    }
    if (event.type === "message") {
      this.acts.arrived(room, /** @type {any} */ (event));
      if (!event.deleted) this.#heard(room, /** @type {any} */ (event));
      if (timeline.loaded) this.#news.follow(room, timeline, this.me?.id);
    }
    if (event.type === "room") this.#news.changed(event);
    if (event.type === "subscribed") {
      this.#news.follow(room, timeline, this.me?.id);
      this.#outgoing.settled(room, event.head);
    }
    this.#tell("log");
  }

  /** The ack of what was stored before a break may come after its message, as no other follows. */
  #caughtUp() {
    if (!this.open) return;
    const { live, head } = this.timeline(this.open);
    if (live) this.#outgoing.settled(this.open, head);
  }

  /** @param {string} room @param {Said} said */
  #heard(room, said) {
    this.#arrived(room, said);
    this.dispatchEvent(new CustomEvent("heard", { detail: said }));
  }

  /** @template {Known|null} Page @param {string} room @param {Page} page of which one's own waits no more @returns {Page} */
  #known(room, page) {
    for (const state of page?.messages ?? []) if (!state.deleted) this.#arrived(room, state);
    return page;
  }

  /** What is here waits no more, if it was one's own. @param {string} room @param {Said} said */
  #arrived(room, { author, nonce }) {
    if (author.id === this.me?.id && nonce) this.#outgoing.sending.arrived(room, nonce);
  }

  /** @param {ServerEvent} event */
  #present(event) {
    if (event.room !== this.open) return;
    this.presence = { count: event.count ?? 0, people: event.people ?? [] };
    this.#tell("people");
  }

  /** @param {Topic[]} topics */
  #tell(...topics) {
    for (const topic of topics) this.dispatchEvent(new Event(topic));
  }
}

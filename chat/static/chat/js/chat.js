/**
 * The conversation of this tab: one socket, the room that is open, what was sent, who is here.
 * Binds the parts together and tells whoever listens what changed; touches no page.
 */
import * as commands from "./protocol.js";
import { Outbox } from "./outbox.js";
import { Reads } from "./reads.js";
import { Rooms } from "./rooms.js";
import { LiveSocket, systemClock } from "./socket.js";
import { STEP } from "./span.js";
import { Timeline } from "./timeline.js";

/**
 * @typedef {import("./protocol.js").ServerEvent} ServerEvent
 * @typedef {import("./protocol.js").Room} Room
 * @typedef {import("./protocol.js").Person} Person
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {import("./protocol.js").MessageState} MessageState
 * @typedef {import("./socket.js").Status} Status
 * @typedef {import("./timeline.js").Page} Page
 * @typedef {{count: number, people: Person[]}} Presence
 * @typedef {"log"|"rooms"|"people"|"connection"|"outbox"|"signed_out"} Topic
 * @typedef {{me: Person|null, room: string|null, rooms: Room[], listed: Room[], epoch: string,
 *   limits: {text: number, text_bytes: number}, heartbeat: number, page: MessageState[],
 *   head: number, mine?: Record<string, string[]>, more?: boolean}} Boot
 * @typedef {{history: (room: string, before: number, limit: number) => Promise<Page>,
 *   listRooms: () => Promise<Room[]>}} Api
 */

const REFRESH_ROOMS_MS = 2_500;
const ROOMS_KEPT = 8;

export class Chat extends EventTarget {
  /** @type {string|null} the room on the screen */
  open = null;
  /** @type {Presence|null} who is in the open room */
  presence = null;
  me;
  limits;
  rooms;
  outbox;
  #api;
  #clock;
  #epoch;
  #reads;
  #socket;
  /** @type {Map<string, Timeline>} those visited, the latest last */
  #timelines = new Map();
  /** @type {unknown} */
  #refresh = null;
  /** @type {Map<string, unknown>} */
  #resume = new Map();

  /**
   * @param {Boot} boot
   * @param {{open: (protocol: string) => import("./socket.js").WebSocketLike, api: Api,
   *   store: Storage, clock?: import("./socket.js").Clock}} outside
   */
  constructor(boot, { open, api, store, clock = systemClock }) {
    super();
    this.me = boot.me;
    this.limits = { signs: boot.limits.text, bytes: boot.limits.text_bytes };
    this.rooms = new Rooms([...boot.rooms, ...boot.listed]);
    this.outbox = new Outbox({ store, person: boot.me?.id ?? "", now: clock.now });
    this.#reads = new Reads(store, `${boot.me?.id ?? ""}.${boot.epoch}`);
    for (const { id } of boot.rooms) this.rooms.update({ id, read: this.#reads.get(id) });
    this.#api = api;
    this.#clock = clock;
    this.#epoch = boot.epoch;
    this.#socket = new LiveSocket({
      open,
      clock,
      onEvent: (event) => this.#receive(event),
      onStatus: (status) => this.#status(status),
    });
    if (boot.room) {
      const { page: messages, head, epoch, mine, more } = boot;
      this.timeline(boot.room).load({ messages, head, epoch, mine, more });
    }
  }

  /** @returns {Status} */
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

  /** @param {string} room @returns {Timeline} what is known of it; empty at first */
  timeline(room) {
    const known = this.#timelines.get(room) ?? new Timeline();
    this.#timelines.delete(room);
    this.#timelines.set(room, known);
    for (const old of this.#timelines.keys()) {
      if (this.#timelines.size <= ROOMS_KEPT) break;
      if (old !== this.open) this.#timelines.delete(old);
    }
    return known;
  }

  /** Puts a room on the screen, or none; only the one that is open is listened to. @param {string|null} room */
  show(room) {
    if (room === this.open) return;
    if (this.open) {
      this.#socket.send(commands.unsubscribe(this.open));
      this.timeline(this.open).end();
    }
    this.open = room;
    this.presence = null;
    this.rooms.reading = null;
    if (room) this.#subscribe(room);
    this.#tell("people", "rooms");
  }

  /** @param {string} text @param {number|null} replyTo */
  send(text, replyTo = null) {
    if (!this.open) return;
    this.outbox.add(this.open, text, replyTo);
    this.#flush(this.open);
    this.#tell("outbox", "log");
  }

  /** @param {string} nonce */
  retry(nonce) {
    this.outbox.retry(nonce);
    this.#flushAll();
    this.#tell("outbox", "log");
  }

  /** @param {string} nonce @returns {string} the text it had */
  discard(nonce) {
    const entry = this.outbox.discard(nonce);
    this.#tell("outbox", "log");
    return entry?.text ?? "";
  }

  /** Someone looks at the end of the open room; the server is told when that is news. */
  read() {
    const room = this.open;
    const last = room ? this.timeline(room).rows.at(-1) : null;
    if (!room || !last) return;
    this.rooms.reading = room;
    if (!this.rooms.markRead(room, last.seq)) return;
    this.#reads.set(room, last.seq);
    this.#socket.send(commands.read(room, last.seq));
    this.#tell("rooms");
  }

  /** Nobody looks at the end any more. */
  unread() {
    this.rooms.reading = null;
  }

  /** @param {string} room @returns {Promise<boolean>} whether older messages came */
  async older(room) {
    const timeline = this.timeline(room);
    const low = timeline.low;
    if (low === null || !timeline.more) return false;
    const page = await this.#api.history(room, low, STEP);
    // A reset meanwhile means that the page belongs to rows which are forgotten.
    if (timeline.low !== low) return false;
    timeline.addOlder(page);
    this.#tell("log");
    return page.messages.length > 0;
  }

  /** Reads the list of rooms anew. */
  async refreshRooms() {
    try {
      this.rooms.replace(await this.#api.listRooms());
      this.#tell("rooms");
    } catch {
      // The list as it stands is better than none; the next event asks again.
    }
  }

  /** @param {Status} status */
  #status(status) {
    if (status.phase === "waiting" || status.phase === "stopped") {
      this.outbox.interrupted();
      if (this.open) this.timeline(this.open).end();
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
        this.#acked(event);
        break;
      case "error":
        this.#refused(event);
        break;
      case "heads":
        if (this.outbox.lapse()) this.#flushAll();
        break;
      case "rooms":
        this.#roomsNews(event);
        break;
      case "read":
        if (!this.rooms.readElsewhere(event.room, event.seq)) this.#soonRefreshRooms();
        this.#tell("rooms");
        break;
      case "presence":
        this.#present(event);
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
    if (hello.epoch) this.#epoch = hello.epoch;
    if (hello.you) this.me = { ...this.me, ...hello.you };
    if (this.open) this.#subscribe(this.open);
    this.#flushAll();
    this.#soonRefreshRooms();
  }

  /** @param {string} room */
  #subscribe(room) {
    const timeline = this.timeline(room);
    timeline.begin(this.#epoch);
    this.#socket.send(commands.subscribe(room, timeline.cursor));
    this.#tell("log");
  }

  /** @param {string} room @param {ServerEvent} event numbered, or about the subscription */
  #feed(room, event) {
    const timeline = this.timeline(room);
    const outcome = timeline.receive(event);
    if (outcome === "jump") {
      if (room === this.open) this.#subscribe(room);
      return;
    }
    if (event.type === "message" && !event.deleted) this.#heard(room, /** @type {any} */ (event));
    if (event.type === "room") {
      const { type: _type, room: id, change: _change, ...news } = event;
      this.rooms.update({ ...news, id });
      this.#tell("rooms");
    }
    if (event.type === "subscribed") this.outbox.settled(room, event.head);
    this.#tell("log");
  }

  /** @param {string} room @param {Said} said */
  #heard(room, said) {
    if (said.author.id === this.me?.id && said.nonce && this.outbox.arrived(said.nonce)) {
      this.#flush(room);
      this.#tell("outbox");
    }
    this.rooms.heard(room, said);
    this.#tell("rooms");
    this.dispatchEvent(new CustomEvent("heard", { detail: said }));
  }

  /** @param {ServerEvent} ack */
  #acked({ nonce, seq }) {
    const room = this.outbox.get(nonce)?.room;
    this.outbox.acked(nonce, seq);
    if (room) this.#flush(room);
    this.#tell("outbox", "log");
  }

  /** @param {ServerEvent} error */
  #refused(error) {
    const entry = typeof error.nonce === "string" ? this.outbox.get(error.nonce) : undefined;
    if (!entry) {
      this.dispatchEvent(new CustomEvent("refused", { detail: error }));
      return;
    }
    this.outbox.refused(entry.nonce, /** @type {any} */ (error));
    const wait = this.outbox.pausedFor(entry.room);
    if (wait > 0) {
      this.#clock.cancel(this.#resume.get(entry.room));
      const resume = () => {
        this.#flush(entry.room);
        this.#tell("outbox", "log");
      };
      this.#resume.set(entry.room, this.#clock.after(resume, wait + 20));
    } else this.#flush(entry.room);
    this.#tell("outbox", "log");
  }

  /** @param {ServerEvent} event */
  #roomsNews(event) {
    let unknown = false;
    for (const news of event.rooms ?? []) {
      const before = this.rooms.get(news.id);
      const stale = news.id !== this.open && before && news.head > before.head && !news.last;
      if (!this.rooms.update(news) || stale) unknown = true;
    }
    if (unknown) this.#soonRefreshRooms();
    this.#tell("rooms");
  }

  /** @param {ServerEvent} event */
  #present(event) {
    if (event.room !== this.open) return;
    this.presence = { count: event.count ?? 0, people: event.people ?? [] };
    this.#tell("people");
  }

  /** Asks for the list once for many reasons in a row. */
  #soonRefreshRooms() {
    if (this.#refresh !== null) return;
    this.#refresh = this.#clock.after(() => {
      this.#refresh = null;
      void this.refreshRooms();
    }, REFRESH_ROOMS_MS);
  }

  #flushAll() {
    for (const room of this.outbox.rooms) this.#flush(room);
  }

  /** @param {string} room */
  #flush(room) {
    if (!this.#socket.ready) return;
    const command = this.outbox.take(room);
    if (command) this.#socket.send(command);
  }

  /** @param {Topic[]} topics */
  #tell(...topics) {
    for (const topic of topics) this.dispatchEvent(new Event(topic));
  }
}

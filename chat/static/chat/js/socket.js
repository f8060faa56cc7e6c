/**
 * The one connection of this tab: opens it, notices when it is dead, and comes back by itself.
 * Hands every event to its owner, in order; never queues what is sent while it is down.
 */
import { Backoff } from "./backoff.js";
import { CLOSE, STOPPING, SUBPROTOCOL, decode } from "./protocol.js";

/**
 * @typedef {import("./protocol.js").ServerEvent} ServerEvent
 * @typedef {import("./protocol.js").Command} Command
 * @typedef {"connecting"|"open"|"waiting"|"stopped"} Phase
 * @typedef {{phase: Phase, lostAt: number|null, code: number|null, restarting: boolean}} Status
 *   lostAt: since when nothing gets through, in ms, null while open; restarting: the server said so
 * @typedef {{now: () => number, after: (run: () => void, ms: number) => unknown,
 *   cancel: (timer: any) => void, random: () => number}} Clock
 * @typedef {{send: (text: string) => void, close: (code?: number) => void,
 *   onopen: any, onmessage: any, onclose: any, onerror: any}} WebSocketLike
 */

const HELLO_WITHIN_MS = 10_000;
const GRACE_MS = 5_000;
const AFTER_TOO_FAST_MS = 5_000;
const WAKE_JITTER_MS = 1_000;

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  after: (run, ms) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer),
  random: Math.random,
};

export class LiveSocket {
  /** @type {Status} */
  status = { phase: "connecting", lostAt: null, code: null, restarting: false };
  #open;
  #clock;
  #backoff;
  #onEvent;
  #onStatus;
  #generation = 0;
  #heartbeatMs = 20_000;
  #lastFrameAt = 0;
  /** @type {number|null} how long the server asked us to stay away, in ms */
  #asked = null;
  #restarting = false;
  /** @type {WebSocketLike|null} */
  #socket = null;
  /** @type {unknown} */
  #timer = null;

  /**
   * @param {{open: (protocol: string) => WebSocketLike, onEvent: (event: ServerEvent) => void,
   *   onStatus: (status: Status) => void, clock?: Clock}} options
   */
  constructor({ open, onEvent, onStatus, clock = systemClock }) {
    this.#open = open;
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#onStatus = onStatus;
    this.#backoff = new Backoff(clock.random);
    this.status.lostAt = clock.now();
  }

  /** Whether a command would reach the server now. */
  get ready() {
    return this.status.phase === "open";
  }

  start() {
    this.#connect();
  }

  /** Ends the connection for good. */
  stop() {
    this.#drop();
    this.#become("stopped");
  }

  /** @param {Command} command @returns {boolean} false when nothing was sent */
  send(command) {
    if (!this.ready || !this.#socket) return false;
    this.#socket.send(JSON.stringify(command));
    return true;
  }

  /** The network is back or the tab is looked at again: try at once, a little apart from others. */
  wake() {
    if (this.status.phase === "waiting") {
      this.#schedule(() => this.#connect(), this.#clock.random() * WAKE_JITTER_MS);
    } else if (this.ready && this.#clock.now() - this.#lastFrameAt > this.#heartbeatMs * 1.5) {
      this.#lost(null);
    }
  }

  /** The device says that it has no network: what stands is dead already. */
  sleep() {
    if (this.status.phase === "open" || this.status.phase === "connecting") this.#lost(null);
  }

  #connect() {
    this.#drop();
    const generation = this.#generation;
    /** @param {(event: any) => void} run */
    const current = (run) => (/** @type {any} */ event) => {
      if (generation === this.#generation) run(event);
    };
    this.#become("connecting");
    this.#asked = null;
    this.#schedule(() => this.#lost(null), HELLO_WITHIN_MS);
    const socket = this.#open(SUBPROTOCOL);
    socket.onmessage = current((event) => this.#receive(event.data));
    socket.onclose = current((event) => this.#lost(event.code));
    socket.onerror = null;
    this.#socket = socket;
  }

  /** @param {unknown} data */
  #receive(data) {
    this.#lastFrameAt = this.#clock.now();
    const generation = this.#generation;
    for (const event of decode(data)) {
      if (generation !== this.#generation) return;
      if (event.type === "hello") this.#greeted(event);
      if (event.type === "bye") this.#parted(event);
      this.#onEvent(event);
    }
    if (this.ready) this.#watch();
  }

  /** @param {ServerEvent} hello */
  #greeted(hello) {
    if (hello.heartbeat > 0) this.#heartbeatMs = hello.heartbeat * 1000;
    this.#backoff.opened(this.#clock.now());
    this.#restarting = false;
    this.#become("open");
  }

  /** @param {ServerEvent} bye */
  #parted(bye) {
    this.#asked = Number(bye.retry_after ?? 0) * 1000;
    this.#restarting = true;
  }

  /** Two missed heartbeats mean that the line is dead, whatever the browser believes. */
  #watch() {
    this.#schedule(() => this.#lost(null), this.#heartbeatMs * 2 + GRACE_MS);
  }

  /** @param {number|null} code */
  #lost(code) {
    this.#drop();
    if (code !== null && STOPPING.has(code)) {
      this.#become("stopped", code);
      return;
    }
    let wait = this.#backoff.next(this.#clock.now());
    if (code === CLOSE.TOO_FAST) wait += AFTER_TOO_FAST_MS;
    if (this.#asked !== null) wait = Math.max(wait, this.#asked);
    this.#become("waiting", code);
    this.#schedule(() => this.#connect(), wait);
  }

  /** Lets go of the present socket; what it still says is no longer heard. */
  #drop() {
    this.#generation += 1;
    this.#clock.cancel(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {() => void} run @param {number} ms */
  #schedule(run, ms) {
    this.#clock.cancel(this.#timer);
    this.#timer = this.#clock.after(run, ms);
  }

  /** @param {Phase} phase @param {number|null} code */
  #become(phase, code = null) {
    const lostAt = phase === "open" ? null : (this.status.lostAt ?? this.#clock.now());
    this.status = { phase, lostAt, code, restarting: this.#restarting };
    this.#onStatus(this.status);
  }
}

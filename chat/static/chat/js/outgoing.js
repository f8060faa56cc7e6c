/**
 * All that one does and the server has not settled yet: posts, and changes to what stands already.
 * Hands each answer to whichever of the two it is about.
 */
import { Acts } from "./acts.js";
import { Outbox } from "./outbox.js";
import { Sending } from "./sending.js";

/**
 * @typedef {import("./protocol.js").ServerEvent} ServerEvent
 * @typedef {import("./changes.js").Change} Change
 * @typedef {{store: import("./shelf.js").Store, person: string,
 *   clock: import("./socket.js").Clock, line: import("./sending.js").Line,
 *   tell: (...topics: ("outbox"|"log"|"typing")[]) => void, stored: (change: Change) => void,
 *   refused: (change: Change, detail: string) => void}} Outside
 */

export class Outgoing {
  outbox;
  sending;
  /** Edits, deletions, reactions; and who is writing. */
  acts;
  #tell;

  /** @param {Outside} outside */
  constructor({ store, person, clock, line, tell, stored, refused }) {
    this.#tell = tell;
    this.outbox = new Outbox({ store, person, now: clock.now });
    this.sending = new Sending({
      outbox: this.outbox,
      line,
      clock,
      changed: () => tell("outbox", "log"),
    });
    this.acts = new Acts({
      clock,
      store,
      person,
      ready: () => line.ready,
      send: (command) => line.send(command),
      changed: () => tell("log"),
      typing: () => tell("typing"),
      stored,
      refused,
    });
  }

  /** The line is up: everything that waits may go. */
  flush() {
    this.sending.flushAll();
    this.acts.flush();
  }

  /** The line is down. */
  interrupted() {
    this.outbox.interrupted();
    this.acts.interrupted();
  }

  /** A sign of life of the server: what had no answer for long goes again. */
  alive() {
    this.sending.alive();
    this.acts.lapse();
  }

  /** @param {ServerEvent} ack */
  acked(ack) {
    if (!this.acts.answered(ack)) this.sending.acked(ack);
  }

  /** @param {ServerEvent} error @returns {boolean} whether it was about something from here */
  refused(error) {
    return this.acts.answered(error) || this.sending.refused(error);
  }

  /** A room is complete up to here. @param {string} room @param {number} head */
  settled(room, head) {
    this.outbox.settled(room, head);
    this.acts.changes.settled(room, head);
    this.#tell("log");
  }
}

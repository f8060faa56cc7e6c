/** Brings more messages when an edge of what a log shows comes near: from memory first, then from history. */

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../span.js").Span} Span
 * @typedef {"older"|"newer"} Way
 */

const NEAR_EDGE_PX = 600;

export class LogFiller {
  #chat;
  #room;
  #span;
  #changed;
  #loading = false;
  /** The edges beyond which history could not be read; asked again when somebody says so, or the line is back. */
  #failedAt = nowhere();
  /** The end beyond which nothing came when it was asked for. */
  #nothingAfter = -1;

  /**
   * @param {Chat} chat
   * @param {string} room
   * @param {Span} span
   * @param {() => void} changed called when there is something else to draw
   */
  constructor(chat, room, span, changed) {
    this.#chat = chat;
    this.#room = room;
    this.#span = span;
    this.#changed = changed;
  }

  /** @param {number} above px between the view and the first row @param {number} below px to the last one */
  fill(above, below) {
    const timeline = this.#chat.timeline(this.#room);
    if (!timeline.loaded && !timeline.detached) return;
    const { view } = timeline;
    if (above < NEAR_EDGE_PX) {
      if (this.#span.hidesOlder(view.rows)) {
        this.#span.older(view.rows);
        this.#changed();
      } else if (view.older) void this.#load("older");
    }
    if (below >= NEAR_EDGE_PX) return;
    if (!this.#span.following) {
      this.#span.newer(view.rows);
      this.#changed();
    } else if (timeline.detached && view.to !== this.#nothingAfter) {
      void this.#load("newer");
    }
  }

  /** Whether what is shown ends this way where history could not be read. @param {Way} way */
  failed(way) {
    if (!this.#stuck(way)) return false;
    const { view, detached } = this.#chat.timeline(this.#room);
    if (way === "newer") return detached && this.#span.following;
    return view.older && !this.#span.hidesOlder(view.rows);
  }

  /** Asks once more after it failed. @param {Way} way */
  retry(way) {
    this.#failedAt[way] = NaN;
    void this.#load(way);
  }

  /** The line came or went: once it is back, what failed is asked for with the next look at the edges. */
  lineChanged() {
    if (this.#chat.status.phase === "open") this.#failedAt = nowhere();
  }

  async #older() {
    // Rows that come in go above those shown, and are shown by the step that asked for them.
    const came = await this.#chat.past.older(this.#room);
    if (came) this.#span.older(this.#chat.timeline(this.#room).view.rows);
  }

  async #newer() {
    const { view } = this.#chat.timeline(this.#room);
    const { to } = view;
    const last = view.rows.at(-1);
    if (!(await this.#chat.past.newer(this.#room))) this.#nothingAfter = to;
    else if (last) this.#span.endAt(last.seq);
  }

  /** @param {Way} way */
  #edge(way) {
    const { view } = this.#chat.timeline(this.#room);
    return way === "older" ? view.from : view.to;
  }

  /** @param {Way} way */
  #stuck(way) {
    return this.#failedAt[way] === this.#edge(way);
  }

  /** @param {Way} way */
  async #load(way) {
    if (this.#loading || this.#stuck(way)) return;
    this.#loading = true;
    const edge = this.#edge(way);
    // What was asked for on a line that has come back since does not count as failed.
    const failedAt = this.#failedAt;
    try {
      await (way === "older" ? this.#older() : this.#newer());
    } catch {
      failedAt[way] = edge;
    } finally {
      this.#loading = false;
    }
    this.#changed();
  }
}

/** @returns {Record<Way, number>} */
function nowhere() {
  return { older: NaN, newer: NaN };
}

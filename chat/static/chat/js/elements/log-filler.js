/** Brings more messages when an edge of what a log shows comes near: from memory first, then from history. */

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../span.js").Span} Span
 */

const NEAR_EDGE_PX = 600;

export class LogFiller {
  /** Whether history could not be read; it is asked again only when somebody says so. */
  failed = false;
  #chat;
  #room;
  #span;
  #changed;
  #loading = false;
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
      } else if (view.older) void this.#load(() => this.#older());
    }
    if (below >= NEAR_EDGE_PX) return;
    if (!this.#span.following) {
      this.#span.newer(view.rows);
      this.#changed();
    } else if (timeline.detached && view.to !== this.#nothingAfter) {
      void this.#load(() => this.#newer());
    }
  }

  /** Asks once more after it failed. */
  retry() {
    this.failed = false;
    void this.#load(() => this.#older());
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

  /** @param {() => Promise<void>} run */
  async #load(run) {
    if (this.#loading || this.failed) return;
    this.#loading = true;
    try {
      await run();
    } catch {
      this.failed = true;
    } finally {
      this.#loading = false;
    }
    this.#changed();
  }
}

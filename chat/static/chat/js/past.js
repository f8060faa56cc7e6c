/** What was said before: asks the server for the history of a room and puts it into its timeline. */

/**
 * @typedef {import("./timeline.js").Timeline} Timeline
 * @typedef {import("./timeline.js").Page} Page
 * @typedef {(room: string, where: {before: number}|{around: number}, limit: number) =>
 *   Promise<Page>} Ask
 */

const OLDER = 100;
const AROUND = 100;

export class Past {
  #ask;
  #timeline;
  #changed;

  /** @param {{ask: Ask, timeline: (room: string) => Timeline, changed: () => void}} parts */
  constructor({ ask, timeline, changed }) {
    this.#ask = ask;
    this.#timeline = timeline;
    this.#changed = changed;
  }

  /** @param {string} room @returns {Promise<boolean>} whether older messages came */
  async older(room) {
    const timeline = this.#timeline(room);
    const { view } = timeline;
    const { from } = view;
    if (!timeline.loaded || !view.older) return false;
    const page = await this.#ask(room, { before: from }, OLDER);
    // A reset or a jump meanwhile means that the page belongs to rows which are forgotten.
    if (timeline.view !== view || view.from !== from) return false;
    timeline.addOlder(page);
    this.#changed();
    return page.messages.length > 0;
  }

  /** @param {string} room @returns {Promise<boolean>} whether what one reads apart goes further now */
  async newer(room) {
    const timeline = this.#timeline(room);
    const { view } = timeline;
    const { to } = view;
    if (!timeline.detached) return false;
    const page = await this.#ask(room, { around: to }, AROUND);
    if (timeline.view !== view || view.to !== to) return false;
    const further = timeline.addNewer(page, AROUND);
    this.#changed();
    return further;
  }

  /**
   * Reads on at a message, with its neighbours, however far from the newest it stands.
   * @param {string} room
   * @param {number} seq
   * @returns {Promise<boolean>} whether the message is there; false: deleted, or there never was one
   */
  async readAt(room, seq) {
    const timeline = this.#timeline(room);
    if (timeline.loaded && timeline.reaches(seq)) timeline.attach();
    else if (!timeline.detached || !timeline.view.covers(seq)) {
      const { resets } = timeline;
      const page = await this.#ask(room, { around: seq }, AROUND);
      if (timeline.resets !== resets) return this.readAt(room, seq);
      timeline.openAround(seq, page, AROUND);
    }
    this.#changed();
    const state = timeline.at(seq);
    return Boolean(state && !state.deleted);
  }
}

/**
 * Rows as children of a list, matched by key: only what changed is drawn again, and the row that
 * one reads stays where it is on the screen.
 */
import { arrange } from "../dom.js";

/** @typedef {import("../rows.js").Row} Row */

export class RowList {
  /** Whether the hand that scrolled last went up. */
  movedUp = false;
  /** @type {Map<string, {row: Row, element: HTMLElement}>} */
  #drawn = new Map();
  /** @type {HTMLElement|null} */
  #above = null;
  /** @type {HTMLElement|null} */
  #below = null;
  #parent;
  #scroller;
  #look;
  /** Where we or the reader scrolled last. */
  #at = 0;

  /**
   * @param {HTMLElement} parent
   * @param {HTMLElement} scroller
   * @param {{render: (row: Row) => HTMLElement, same: (a: Row, b: Row) => boolean}} look
   */
  constructor(parent, scroller, look) {
    this.#parent = parent;
    this.#scroller = scroller;
    this.#look = look;
  }

  get empty() {
    return this.#drawn.size === 0;
  }

  /** @returns {number|null} the seq of the first message in view */
  get firstSeq() {
    const row = this.#drawn.get(this.#anchor()?.key ?? "")?.row;
    return row?.kind === "message" ? row.said.seq : null;
  }

  /** Whether the reader has scrolled since we looked last; our own scrolling does not count. */
  movedByHand() {
    const { scrollTop } = this.#scroller;
    const by = scrollTop - this.#at;
    if (Math.abs(by) >= 1) {
      this.movedUp = by < 0;
      this.#at = scrollTop;
      return true;
    }
    return false;
  }

  clear() {
    this.#drawn.clear();
    this.#above = this.#below = null;
    this.#parent.replaceChildren();
  }

  /** @param {(row: Row, element: HTMLElement) => void} act on what is drawn */
  each(act) {
    for (const { row, element } of this.#drawn.values()) act(row, element);
  }

  /** @returns {number} px from what is seen to the end */
  distanceToEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  toEnd() {
    this.#scroll(this.#scroller.scrollHeight);
  }

  /** @param {(row: Row) => boolean} which @returns {number|null} px from the top of the view to the first such row, null when there is none */
  topOf(which) {
    const found = this.#find(which);
    if (!found) return null;
    return found.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
  }

  /** Scrolls so that the first such row stands at this share of the view. @param {(row: Row) => boolean} which @param {number} share */
  show(which, share) {
    const top = this.topOf(which);
    if (top === null) return;
    this.#scroll(this.#scroller.scrollTop + top - this.#scroller.clientHeight * share);
  }

  /**
   * @param {readonly Row[]} rows
   * @param {{above: HTMLElement|null, below?: HTMLElement|null, keepEnd: boolean}} options
   *   keepEnd: the end stays in view; otherwise the row at the top of the view stays
   */
  draw(rows, { above, below = null, keepEnd }) {
    const anchor = keepEnd ? null : this.#anchor();
    const next = new Map();
    for (const row of rows) next.set(row.key, this.#element(row));
    this.#arrive(next);
    this.#drawn = next;
    this.#above = settled(this.#above, above);
    this.#below = settled(this.#below, below);
    const elements = [...next.values()].map(({ element }) => element);
    arrange(this.#parent, [this.#above, ...elements, this.#below].filter((one) => one !== null));
    if (keepEnd) this.toEnd();
    else if (anchor) this.#restore(anchor);
  }

  /** @param {(row: Row) => boolean} which */
  #find(which) {
    for (const { row, element } of this.#drawn.values()) if (which(row)) return element;
    return null;
  }

  /** @param {Row} row @returns {{row: Row, element: HTMLElement}} */
  #element(row) {
    const known = this.#drawn.get(row.key);
    if (known && this.#look.same(known.row, row)) return { row, element: known.element };
    const element = this.#look.render(row);
    known?.element.replaceWith(element);
    return { row, element };
  }

  /** A message that comes at the end settles; history does not, nor does a storm. @param {ReadonlyMap<string, {row: Row, element: HTMLElement}>} next */
  #arrive(next) {
    const last = [...this.#drawn.values()].at(-1)?.row;
    if (last?.kind !== "message") return;
    const news = [...next.values()].slice(-3).filter(({ row }) => {
      const old = row.kind !== "message" || this.#drawn.has(row.key);
      return !old && (row.said.seq === 0 || row.said.seq > last.said.seq);
    });
    if (news.length > 2) return;
    for (const { element } of news) element.classList.add("arriving");
  }

  /**
   * The first message in view and where it stands. Not the first of all, if another is in view:
   * that one loses its name and face, and so its height, once an older one of its author comes.
   */
  #anchor() {
    const { top, bottom } = this.#scroller.getBoundingClientRect();
    let first = null;
    let count = 0;
    for (const [key, { row, element }] of this.#drawn) {
      if (row.kind !== "message") continue;
      count += 1;
      const box = element.getBoundingClientRect();
      if (box.bottom <= top) continue;
      if (count > 1) return box.top < bottom ? { key, top: box.top } : first;
      first = { key, top: box.top };
    }
    return first;
  }

  /** @param {{key: string, top: number}} anchor */
  #restore({ key, top }) {
    const element = this.#drawn.get(key)?.element;
    if (!element) return;
    const moved = element.getBoundingClientRect().top - top;
    if (Math.abs(moved) >= 0.5) this.#scroll(this.#scroller.scrollTop + moved);
  }

  /** @param {number} to */
  #scroll(to) {
    this.#scroller.scrollTop = to;
    this.#at = this.#scroller.scrollTop;
  }
}

/** Keeps a note in place while it says the same. @param {HTMLElement|null} old @param {HTMLElement|null} note */
function settled(old, note) {
  const same = note && old && note.className === old.className && note.textContent === old.textContent;
  return same ? old : note;
}

/**
 * Moving among the messages by keyboard: one row is in the tab order, arrows go from row to row,
 * and the focus stays with its message when the row is drawn again.
 */

/**
 * @typedef {{opened: (row: HTMLElement) => void, left: () => void, entered: (row: HTMLElement) => void,
 *   named: (row: HTMLElement) => void}} Keys  named: one may soon come to it
 */

export class RowFocus {
  /** @type {HTMLElement|null} the row in the tab order */
  #current = null;
  #inside = false;
  /** @type {string} which part of the row has the focus, "" for the row itself */
  #part = "";
  #rows;
  #keys;

  /** @param {HTMLElement} rows @param {Keys} keys @param {AbortSignal} signal */
  constructor(rows, keys, signal) {
    this.#rows = rows;
    this.#keys = keys;
    rows.addEventListener("focusin", (event) => this.#entered(event), { signal });
    rows.addEventListener("focusout", (event) => this.#left(event), { signal });
    document.addEventListener("pointerdown", () => {
      this.#inside = false;
    }, { signal, capture: true });
    rows.addEventListener("keydown", (event) => this.#key(event), { signal });
    document.addEventListener("keydown", (event) => this.#tab(event), { signal });
  }

  /** @returns {HTMLElement|null} */
  get current() {
    return this.#current;
  }

  /** @param {HTMLElement} row */
  focus(row) {
    this.#choose(row);
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  /** Rows were drawn. @param {readonly MutationRecord[]} records */
  drawn(records) {
    const old = this.#current;
    if (old && !removed(old, records)) return;
    const next = old ? this.#successor(old, records) : this.#all.at(-1);
    const refocus = this.#inside && document.activeElement === document.body;
    this.#choose(next ?? null);
    if (!refocus || !next) return;
    const part = this.#part ? next.querySelector(this.#part) : null;
    if (part instanceof HTMLElement) part.focus({ preventScroll: true });
    else next.focus({ preventScroll: true });
  }

  /** Who comes in by Tab, from either side, begins at the newest row in view. @param {KeyboardEvent} event */
  #tab(event) {
    if (event.key !== "Tab" || rowOf(document.activeElement)) return;
    const bottom = this.#rows.parentElement?.getBoundingClientRect().bottom ?? 0;
    const newest = this.#all.findLast((row) => row.getBoundingClientRect().top < bottom);
    if (newest) this.#choose(newest);
  }

  /** @returns {HTMLElement[]} */
  get #all() {
    return [...this.#rows.querySelectorAll(":scope > .msg")].filter(
      (row) => row instanceof HTMLElement,
    );
  }

  /** The same message drawn anew, or the one beside it. @param {HTMLElement} old @param {readonly MutationRecord[]} records */
  #successor(old, records) {
    const key = CSS.escape(old.dataset.key ?? "");
    const same = this.#rows.querySelector(`:scope > .msg[data-key="${key}"]`);
    if (same instanceof HTMLElement) return same;
    const record = records.find(({ removedNodes }) => [...removedNodes].includes(old));
    for (const beside of [record?.nextSibling, record?.previousSibling]) {
      if (beside instanceof HTMLElement && beside.isConnected && beside.matches(".msg")) return beside;
    }
    return this.#all.at(-1);
  }

  /** @param {HTMLElement|null} row */
  #choose(row) {
    if (this.#current && this.#current !== row) order(this.#current, -1);
    this.#current = row;
    if (!row) return;
    this.#keys.named(row);
    order(row, 0);
  }

  /** @param {FocusEvent} event */
  #entered(event) {
    const row = rowOf(event.target);
    if (!row) return;
    this.#inside = true;
    this.#part = partOf(event.target, row);
    this.#choose(row);
    if (event.target instanceof Element && event.target.matches(":focus-visible")) {
      this.#keys.entered(row);
      order(row, 0);
    }
  }

  /** A row that is drawn anew loses the focus to nobody; so does one beside which somebody clicks. @param {FocusEvent} event */
  #left(event) {
    if (event.relatedTarget) this.#inside = rowOf(event.relatedTarget) !== null;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const row = rowOf(event.target);
    if (!row || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const onRow = event.target === row;
    const all = this.#all;
    const at = all.indexOf(row);
    /** @type {Record<string, number>} */
    const steps = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const next = all[Math.max(0, Math.min(all.length - 1, step))];
      if (next && (next !== row || !onRow)) this.focus(next);
    } else if (event.key === "ContextMenu" || (onRow && event.key === "Enter")) {
      event.preventDefault();
      this.#keys.opened(row);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (onRow) this.#keys.left();
      else this.focus(row);
    }
  }
}

/** @param {EventTarget|null} target @returns {HTMLElement|null} */
export function rowOf(target) {
  const row = target instanceof Element ? target.closest(".msg") : null;
  return row instanceof HTMLElement ? row : null;
}

/** @param {HTMLElement} row @param {number} tabIndex */
function order(row, tabIndex) {
  row.tabIndex = tabIndex;
  for (const part of row.querySelectorAll("[data-act], pre")) {
    if (part instanceof HTMLElement) part.tabIndex = tabIndex;
  }
}

/** @param {HTMLElement} row @param {readonly MutationRecord[]} records */
function removed(row, records) {
  return !row.isConnected || records.some(({ removedNodes }) => [...removedNodes].includes(row));
}

/** @param {EventTarget|null} target @param {HTMLElement} row @returns {string} how to find it in the row's next drawing */
function partOf(target, row) {
  if (!(target instanceof HTMLElement) || target === row) return "";
  const { act, emoji } = target.dataset;
  if (!act) return "";
  return emoji ? `[data-act="${act}"][data-emoji="${CSS.escape(emoji)}"]` : `[data-act="${act}"]`;
}

/**
 * What one does with a message: the small bar on hover, the menu by long press or Enter, a swipe to
 * reply, and every button inside a row. Finds out which message is meant and asks the conversation.
 */
import { copyText } from "../clipboard.js";
import { find, make } from "../dom.js";
import { used } from "../reactions.js";
import { pathOf } from "../route.js";
import { load } from "./late-part.js";
import { doer } from "./message-row.js";
import { RowFocus, rowOf } from "./row-focus.js";
import { RowTouch } from "./row-touch.js";
import { RowWords } from "./row-words.js";
import { toast } from "./toast.js";

/**
 * @typedef {import("../chat.js").Chat} Chat
 * @typedef {import("../protocol.js").Said} Said
 * @typedef {import("../strings.js").Say} Say
 * @typedef {import("../drafts.js").Store} Store
 * @typedef {{reply: (said: Said) => void, edit: (said: Said, text?: string) => void,
 *   take: (text: string) => void, focus: () => void}} Writer  where one writes
 * @typedef {"reply"|"react"|"edit"|"delete"|"copy"|"link"|"who"} Deed
 */

const MINUTE_MS = 60_000;

export class MessageActs {
  /** Keys of the long messages that are shown whole. @type {Set<string>} */
  whole = new Set();
  #log;
  #rows;
  #chat;
  #say;
  #writer;
  #store;
  #focus;
  #bar;
  #words;
  #asking = false;

  /**
   * @param {HTMLElement} log
   * @param {{chat: Chat, say: Say, times: import("../time.js").Times, writer: Writer, store: Store}} parts
   * @param {AbortSignal} signal
   */
  constructor(log, { chat, say, times, writer, store }, signal) {
    this.#log = log;
    this.#rows = find(log, ".rows", HTMLElement);
    this.#chat = chat;
    this.#say = say;
    this.#writer = writer;
    this.#store = store;
    this.#words = new RowWords(chat, say, times);
    this.#bar = make(
      "div",
      "act-bar",
      doer("react", "smile", say("act.react"), ""),
      doer("reply", "reply", say("act.reply"), ""),
      doer("menu", "more", say("act.more"), ""),
    );
    this.#focus = new RowFocus(this.#rows, {
      opened: (row) => void this.#menu(row, row),
      left: () => writer.focus(),
      entered: (row) => this.#showBar(row),
      named: (row) => this.#words.label(row, this.#saidOf(row)),
    }, signal);
    new RowTouch(this.#rows, {
      hold: (row, target) => {
        if (target.closest(".chip:not(.add)")) void this.#do("who", row, row);
        else void this.#menu(row, row);
      },
      swipe: (row) => void this.#do("reply", row, row),
    }, signal);
    this.#listen(signal);
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const rows = this.#rows;
    rows.addEventListener("click", (event) => this.#clicked(event), { signal });
    rows.addEventListener("pointerover", (event) => this.#hovered(event), { signal });
    rows.addEventListener("pointerleave", () => this.#hideBar(), { signal });
    rows.addEventListener("contextmenu", (event) => this.#context(event), { signal });
    const warm = () => void import("./message-menu.js").catch(() => {});
    for (const type of ["pointerover", "touchstart", "focusin"]) {
      rows.addEventListener(type, warm, { signal, once: true, passive: true });
    }
    const drawn = new MutationObserver((records) => {
      for (const { addedNodes } of records) this.#words.name(addedNodes);
      this.#focus.drawn(records);
      this.#keepBar();
    });
    drawn.observe(rows, { childList: true });
    signal.addEventListener("abort", () => drawn.disconnect());
    this.#chat.addEventListener("people", () => this.#words.name([rows]), { signal });
    this.#chat.addEventListener("turned", () => {
      const row = this.#focus.current;
      if (row) this.#words.label(row, this.#saidOf(row));
    }, { signal });
    this.#chat.addEventListener("unacted", (event) => this.#unacted(event), { signal });
  }

  /** The last message of one's own that may still be edited opens in the composer. @returns {boolean} whether there is one */
  editLast() {
    const rows = this.#chat.open ? this.#chat.timeline(this.#chat.open).rows : [];
    const last = rows.findLast((said) => said.author.id === this.#chat.me?.id);
    if (!last || !this.can("edit", last)) return false;
    this.#writer.edit(last);
    return true;
  }

  /** @param {Deed} deed @param {Said} said @returns {boolean} */
  can(deed, said) {
    const mine = said.author.id === this.#chat.me?.id;
    const closed = this.#chat.rooms.get(said.room)?.closed ?? false;
    if (deed === "delete") return mine || this.#chat.me?.kind === "staff";
    if (deed === "who") return Boolean(said.reactions?.length);
    if (deed === "copy" || deed === "link") return true;
    if (closed) return false;
    if (deed !== "edit") return true;
    const window = this.#chat.limits.editMinutes;
    return mine && (!window || Date.now() - Date.parse(said.at) < window * MINUTE_MS);
  }

  /** @param {HTMLElement} row @returns {Said|null} null for one that is not stored yet */
  #saidOf(row) {
    const room = this.#chat.open;
    const state = room ? this.#chat.timeline(room).at(Number(row.dataset.seq)) : undefined;
    return state && !state.deleted ? state : null;
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = event.target instanceof Element ? event.target.closest("[data-act]") : null;
    const row = rowOf(target);
    if (!(target instanceof HTMLElement) || !row) return;
    const { act = "", emoji = "" } = target.dataset;
    const said = this.#saidOf(row);
    if (act === "chip" && said) this.react(said, emoji);
    else if (act === "source") this.#open(Number(target.dataset.source));
    else if (act === "unfold") this.#unfold(row);
    else if (act === "copy-code") void this.#copy(target.parentElement?.textContent ?? "");
    else if (act === "menu") void this.#menu(row, target);
    else if (act === "react" || act === "reply") void this.#do(act, row, target);
    else this.#unsent(act, row.dataset.key ?? "", said);
  }

  /** Buttons on what could not be sent or saved. @param {string} act @param {string} key @param {Said|null} said */
  #unsent(act, key, said) {
    const { acts } = this.#chat;
    const edit = said && this.#chat.open ? acts.changes.over(this.#chat.open).get(said.seq)?.edit : null;
    const nonce = key.slice(2);
    if (act === "retry") {
      if (edit) acts.retry(edit.nonce);
      else this.#chat.retry(nonce);
    } else if (edit && said) {
      acts.discard(edit.nonce);
      if (act === "rewrite") this.#writer.edit(said, edit.text);
    } else {
      const text = this.#chat.discard(nonce);
      if (act === "rewrite") this.#writer.take(text);
    }
  }

  /** @param {PointerEvent} event */
  #hovered(event) {
    const row = rowOf(event.target);
    if (event.pointerType === "mouse" && row) this.#showBar(row);
  }

  /** @param {HTMLElement} row */
  #showBar(row) {
    const said = this.#saidOf(row);
    if (!said) this.#hideBar();
    else if (this.#bar.closest(".msg") !== row) {
      const open = this.can("reply", said);
      for (const button of this.#bar.querySelectorAll("button")) {
        button.hidden = !open && button.dataset.act !== "menu";
        button.tabIndex = row.tabIndex;
      }
      (row.querySelector(".bubble") ?? row).append(this.#bar);
    }
  }

  #hideBar() {
    if (!this.#bar.contains(document.activeElement)) this.#bar.remove();
  }

  /** The row under the mouse was drawn again without its bar. */
  #keepBar() {
    if (this.#bar.isConnected) return;
    const row = this.#rows.querySelector(":scope > .msg:hover");
    if (row instanceof HTMLElement && matchMedia("(hover: hover)").matches) this.#showBar(row);
  }

  /** Keys and fingers ask for our menu; a mouse for the browser's. @param {MouseEvent} event */
  #context(event) {
    const row = rowOf(event.target);
    const link = event.target instanceof Element && event.target.closest("a");
    const byMouse = /** @type {PointerEvent} */ (event).pointerType === "mouse";
    if (!row || byMouse || link) return;
    event.preventDefault();
    void this.#menu(row, row);
  }

  /** @param {HTMLElement} row @param {HTMLElement} anchor */
  async #menu(row, anchor) {
    const said = this.#saidOf(row);
    // The key for a menu comes as a key and as an event of its own.
    if (!said || this.#asking || document.querySelector("dialog:modal")) return;
    this.#asking = true;
    const loaded = await load(() => import("./message-menu.js"), this.#say);
    this.#asking = false;
    const choice = await loaded?.askDeed(anchor, said, {
      chat: this.#chat,
      say: this.#say,
      can: (deed) => this.can(deed, said),
    });
    this.#back(row);
    if (!choice) return;
    if (choice.emoji) this.react(said, choice.emoji);
    else if (choice.deed) await this.#do(choice.deed, row, anchor);
  }

  /** @param {Deed} deed @param {HTMLElement} row @param {HTMLElement} anchor */
  async #do(deed, row, anchor) {
    const said = this.#saidOf(row);
    if (!said || !this.can(deed, said)) return;
    if (deed === "reply") this.#writer.reply(said);
    else if (deed === "edit") this.#writer.edit(said);
    else if (deed === "delete") this.#chat.acts.remove(said.room, said.seq);
    else if (deed === "copy") await this.#copy(said.text);
    else if (deed === "link") await this.#copy(location.origin + pathOf(said.room, said.seq));
    else if (deed === "react") await this.#pick(said, row, anchor);
    else await this.#who(said, row, anchor);
  }

  /** @param {Said} said @param {HTMLElement} row @param {HTMLElement} anchor */
  async #pick(said, row, anchor) {
    const loaded = await load(() => import("./emoji-picker.js"), this.#say);
    const emoji = await loaded?.pickEmoji(anchor, this.#say, this.#store);
    this.#back(row);
    if (emoji) this.react(said, emoji, true);
  }

  /** @param {Said} said @param {HTMLElement} row @param {HTMLElement} anchor */
  async #who(said, row, anchor) {
    const loaded = await load(() => import("./message-menu.js"), this.#say);
    await loaded?.showReactions(anchor, said, this.#chat, this.#say);
    this.#back(row);
  }

  /** Toggles one's own reaction, or sets it. @param {Said} said @param {string} emoji @param {boolean} [on] */
  react(said, emoji, on) {
    const chip = this.#rows.querySelector(
      `.msg[data-seq="${said.seq}"] .chip[data-emoji="${CSS.escape(emoji)}"]`,
    );
    const wanted = on ?? chip?.getAttribute("aria-pressed") !== "true";
    if (wanted) used(this.#store, emoji);
    this.#chat.acts.react(said.room, said.seq, emoji, wanted);
  }

  /** @param {string} text */
  async #copy(text) {
    toast(this.#say((await copyText(text)) ? "invite.copied" : "invite.copy_failed"));
  }

  /** Where it was said. @param {number} seq */
  #open(seq) {
    const detail = { room: this.#chat.open, seq };
    this.#log.dispatchEvent(new CustomEvent("madang:open-message", { bubbles: true, detail }));
  }

  /** @param {HTMLElement} row */
  #unfold(row) {
    this.whole.add(row.dataset.key ?? "");
    row.querySelector(".text")?.classList.remove("folded");
    row.querySelector(".unfold")?.remove();
    this.#focus.focus(row);
  }

  /** Gives the focus back to the row, as it stands now. @param {HTMLElement} row */
  #back(row) {
    const key = CSS.escape(row.dataset.key ?? "");
    const now = this.#rows.querySelector(`:scope > .msg[data-key="${key}"]`);
    if (now instanceof HTMLElement && document.activeElement === document.body) {
      now.focus({ preventScroll: true });
    }
  }

  /** What was shown already is taken back, and the reason said. @param {Event} event */
  #unacted(event) {
    const { change, detail } = /** @type {CustomEvent} */ (event).detail;
    if (change.kind !== "edit" || change.status !== "failed") toast(detail);
  }
}

/**
 * The row of one message, as DOM; the same on the log and beneath the entrance.
 * Buttons carry what they do in data-act; whoever owns the log listens.
 */
import { face, icon, make } from "../dom.js";
import { sameChips } from "../reactions.js";
import { messageBody } from "./message-body.js";

/**
 * @typedef {import("../rows.js").Row} Row
 * @typedef {import("../rows.js").MessageRow} MessageRow
 * @typedef {import("../strings.js").Say} Say
 * @typedef {import("../time.js").Times} Times
 * @typedef {{say: Say, times: Times, me?: () => string, whole?: ReadonlySet<string>}} Look
 *   me: whose page it is, missing where nothing can be done; whole: keys of unfolded rows
 */

/** @param {Row} row @param {Look} look @returns {HTMLLIElement} */
export function renderRow(row, look) {
  if (row.kind === "message") return renderMessage(row, look);
  const element = make("li", row.kind === "new" ? "day new" : "day");
  element.append(row.kind === "new" ? look.say("log.new") : look.times.day(row.at));
  return element;
}

const TIMED = "time, .body, .bubble, .note";

/**
 * Tells the times of a row anew; all else stays, with what is focused or selected in it.
 * @param {HTMLElement} element as it was drawn @param {Row} row @param {Look} look
 */
export function retime(element, row, look) {
  const fresh = renderRow(row, look);
  if (row.kind !== "message") element.replaceChildren(...fresh.childNodes);
  const parts = element.querySelectorAll(TIMED);
  for (const [at, one] of /** @type {NodeListOf<HTMLElement>} */ (fresh.querySelectorAll(TIMED)).entries()) {
    const part = parts[at];
    if (!(part instanceof HTMLElement)) continue;
    if (one.title) part.title = one.title;
    if (one.localName === "time") part.textContent = one.textContent;
  }
}

/** Whether two rows of one key look the same. @param {Row} a @param {Row} b */
export function sameLook(a, b) {
  if (a.kind !== "message" || b.kind !== "message") return a.kind === b.kind;
  return (
    (a.said === b.said || a.said.change === b.said.change) &&
    a.first === b.first &&
    a.last === b.last &&
    a.entry?.status === b.entry?.status &&
    a.entry?.reason === b.entry?.reason &&
    a.edit?.nonce === b.edit?.nonce &&
    a.edit?.status === b.edit?.status &&
    a.quote?.text === b.quote?.text &&
    a.quote?.author?.name === b.quote?.author?.name &&
    sameChips(a.chips, b.chips)
  );
}

/** @param {MessageRow} row @param {Look} look @returns {HTMLLIElement} */
function renderMessage(row, look) {
  const { said, mine, first, last, entry, edit } = row;
  const element = make("li", "msg");
  element.classList.toggle("mine", mine);
  element.classList.toggle("first", first);
  element.classList.toggle("last", last);
  const waiting = entry?.status === "sending" || entry?.status === "waiting";
  element.classList.toggle("pending", waiting || (edit !== null && edit.status !== "failed"));
  element.classList.toggle("failed", entry?.status === "failed" || edit?.status === "failed");
  element.dataset.key = row.key;
  if (said.seq) element.dataset.seq = String(said.seq);
  if (look.me) element.tabIndex = -1;
  if (!mine && first) element.append(face(said.author.id, said.author.name), byline(row, look));
  element.append(mine ? ownBody(row, look) : body(row, look));
  return element;
}

/** @param {MessageRow} row @param {Look} look */
function byline({ said }, { say, times }) {
  const who = make("div", "who", make("bdi", "name", said.author.name));
  if (said.author.kind === "staff") who.append(make("span", "tag", say("tag.staff")));
  if (said.author.kind === "bot") who.append(make("span", "tag", say("tag.bot")));
  who.append(timeOf(said.at, times));
  return who;
}

/** @param {MessageRow} row @param {Look} look */
function body(row, look) {
  const element = make("div", "body");
  if (!row.first) element.title = look.times.full(row.said.at);
  element.append(...content(row, look));
  if (row.said.edited_at) element.append(edited(row, look));
  element.append(...reactions(row, look));
  return element;
}

/** @param {MessageRow} row @param {Look} look */
function ownBody(row, look) {
  const bubble = make("div", "bubble", ...content(row, look));
  bubble.title = look.times.full(row.said.at);
  const element = make("div", "body", bubble, ...reactions(row, look));
  const { entry, edit, said, last } = row;
  if (entry?.status === "failed" || edit?.status === "failed") element.append(failure(row, look));
  else if (last || said.edited_at || edit || entry?.status === "waiting") {
    element.append(meta(row, look));
  }
  return element;
}

/** @param {MessageRow} row @param {Look} look @returns {HTMLElement[]} */
function content({ key, said, quote, edit }, look) {
  const parts = messageBody(said, look, edit?.text ?? null, look.whole?.has(key) ?? false);
  return quote ? [quoteLine(quote, look), ...parts] : parts;
}

/** @param {import("../protocol.js").Quote} quote @param {Look} look */
function quoteLine({ seq, author, text }, { say, me }) {
  const element = make(me ? "button" : "div", "quote");
  if (author && text !== null) element.append(make("bdi", "", author.name));
  element.append(make("span", "clip", text ?? say("message.reply_gone")));
  if (element instanceof HTMLButtonElement) {
    element.type = "button";
    element.tabIndex = -1;
    element.dataset.act = "source";
    element.dataset.source = String(seq);
    element.disabled = text === null;
  }
  return element;
}

/** @param {MessageRow} row @param {Look} look @returns {HTMLElement[]} */
function reactions({ chips }, { say, me }) {
  if (!chips.length) return [];
  const list = make("ul", "reactions");
  for (const { emoji, count, mine, people } of chips) {
    const chip = make(me ? "button" : "span", mine ? "chip on" : "chip");
    chip.append(make("span", "emoji", emoji), make("span", "", String(count)));
    if (chip instanceof HTMLButtonElement) {
      chip.type = "button";
      chip.tabIndex = -1;
      chip.dataset.act = "chip";
      chip.dataset.emoji = emoji;
      chip.setAttribute("aria-pressed", String(mine));
      chip.dataset.count = String(count);
      chip.dataset.people = people.join(" ");
    }
    list.append(make("li", "", chip));
  }
  if (me) list.append(make("li", "", doer("react", "smile", say("act.react"), "chip add")));
  return [list];
}

/** @param {string} act @param {string} picture @param {string} label @param {string} className */
export function doer(act, picture, label, className) {
  const element = make("button", className, icon(picture));
  element.type = "button";
  element.tabIndex = -1;
  element.dataset.act = act;
  element.title = label;
  element.setAttribute("aria-label", label);
  return element;
}

/** @param {MessageRow} row @param {Look} look */
function meta(row, look) {
  const { entry, edit, said, last } = row;
  const element = make("div", "meta");
  if (edit && edit.status !== "stored") {
    element.append(make("span", "note", look.say("message.saving")));
    return element;
  }
  if (entry && entry.status !== "sent") {
    element.append(make("span", "note", look.say(underWay(entry))));
    return element;
  }
  if (said.edited_at) element.append(edited(row, look));
  if (last) element.append(timeOf(said.at, look.times));
  return element;
}

/** @param {import("../outbox.js").Entry} entry */
function underWay({ status, reason }) {
  if (status !== "waiting") return "message.sending";
  return reason ? "message.soon" : "message.waiting";
}

/** @param {MessageRow} row @param {Look} look */
function failure({ entry, edit }, { say }) {
  const words = say(edit ? "message.edit_failed" : "message.failed");
  const element = make("div", "failure", make("span", "", words, " ", (edit ?? entry)?.reason ?? ""));
  element.setAttribute("role", "group");
  for (const [act, key] of /** @type {const} */ ([
    ["retry", "message.retry"],
    ["rewrite", "message.rewrite"],
    ["discard", "message.discard"],
  ])) {
    const choice = make("button", "", say(key));
    choice.type = "button";
    choice.dataset.act = act;
    element.append(choice);
  }
  return element;
}

/** @param {MessageRow} row @param {Look} look */
function edited({ said }, { say, times }) {
  const note = make("span", "note", say("message.edited"));
  if (said.edited_at) note.title = times.full(said.edited_at);
  return note;
}

/** @param {string} at @param {Times} times */
function timeOf(at, times) {
  const time = make("time", "", times.clock(at));
  time.dateTime = at;
  time.title = times.full(at);
  return time;
}

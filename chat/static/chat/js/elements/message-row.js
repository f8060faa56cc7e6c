/** The row of one message, as DOM; the same on the log and beneath the entrance. */
import { face, make, button } from "../dom.js";
import { linkify } from "../links.js";

/**
 * @typedef {import("../rows.js").Row} Row
 * @typedef {import("../rows.js").MessageRow} MessageRow
 * @typedef {import("../strings.js").Say} Say
 * @typedef {import("../time.js").Times} Times
 * @typedef {(act: "retry"|"edit"|"discard", nonce: string) => void} Act
 * @typedef {{say: Say, times: Times, act: Act}} Look
 */

/** @param {Row} row @param {Look} look @returns {HTMLLIElement} */
export function renderRow(row, look) {
  if (row.kind === "message") return renderMessage(row, look);
  const element = make("li", row.kind === "new" ? "day new" : "day");
  element.append(row.kind === "new" ? look.say("log.new") : look.times.day(row.at));
  return element;
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
    a.quote?.text === b.quote?.text &&
    a.reacted === b.reacted
  );
}

/** @param {MessageRow} row @param {Look} look @returns {HTMLLIElement} */
function renderMessage(row, look) {
  const { said, mine, first, last, entry } = row;
  const element = make("li", "msg");
  element.classList.toggle("mine", mine);
  element.classList.toggle("first", first);
  element.classList.toggle("last", last);
  const waiting = entry?.status === "sending" || entry?.status === "waiting";
  element.classList.toggle("pending", waiting);
  element.classList.toggle("failed", entry?.status === "failed");
  if (said.seq) element.dataset.seq = String(said.seq);
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
  const { entry, said, last } = row;
  if (entry?.status === "failed") element.append(failure(row, look));
  else if (last || said.edited_at || entry?.status === "waiting") element.append(meta(row, look));
  return element;
}

/** @param {MessageRow} row @param {Look} look @returns {HTMLElement[]} */
function content({ said, quote }, { say }) {
  const text = make("div", "text");
  for (const piece of linkify(said.text)) {
    text.append(piece.href ? anchor(piece.text, piece.href) : piece.text);
  }
  if (!quote) return [text];
  const name = make("bdi", "", quote.author ? quote.author.name : "");
  const line = make("span", "clip", quote.text ?? say("message.reply_gone"));
  return [make("div", "quote", name, line), text];
}

/** @param {string} text @param {string} href */
function anchor(text, href) {
  const link = make("a", "", text);
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow ugc";
  return link;
}

/** @param {MessageRow} row @param {Look} look @returns {HTMLElement[]} */
function reactions({ said, reacted }, { say }) {
  if (!said.reactions?.length) return [];
  const list = make("ul", "reactions");
  for (const { emoji, count } of said.reactions) {
    const item = make("li", reacted.includes(emoji) ? "on" : "");
    item.append(say("reaction.who", { emoji, count }));
    list.append(item);
  }
  return [list];
}

/** @param {MessageRow} row @param {Look} look */
function meta(row, look) {
  const { entry, said, last } = row;
  const element = make("div", "meta");
  if (entry && entry.status !== "sent") {
    const words = entry.status === "waiting" ? "message.waiting" : "message.sending";
    element.append(make("span", "note", look.say(words)));
    return element;
  }
  if (said.edited_at) element.append(edited(row, look));
  if (last) element.append(timeOf(said.at, look.times));
  return element;
}

/** @param {MessageRow} row @param {Look} look */
function failure({ entry, said }, { say, act }) {
  const nonce = said.nonce ?? "";
  const reason = make("span", "", say("message.failed"), " ", entry?.reason ?? "");
  return make(
    "div",
    "failure",
    reason,
    button(say("message.retry"), () => act("retry", nonce)),
    button(say("message.edit"), () => act("edit", nonce)),
    button(say("message.discard"), () => act("discard", nonce)),
  );
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

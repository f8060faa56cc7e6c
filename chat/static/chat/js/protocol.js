/**
 * The words of the live interface: the subprotocol, the close codes and the shapes of what is sent.
 * Knows no socket and no page; everything else that talks to the server speaks through it.
 *
 * @typedef {{id: string, name: string, kind: "guest"|"member"|"staff"|"bot"}} Author
 * @typedef {{emoji: string, count: number, people: string[]}} Reaction
 * @typedef {{seq: number, author: Author|null, text: string|null}} Quote
 * @typedef {{room: string, seq: number, change: number, nonce?: string|null, author: Author,
 *   text: string, at: string, edited_at?: string|null, reply_to?: Quote|null,
 *   reactions?: Reaction[], html?: string, deleted?: undefined}} Said
 * @typedef {{room: string, seq: number, change: number, deleted: true}} Gone
 * @typedef {Said | Gone} MessageState  one message as it stands now, or the mark that it is gone
 * @typedef {{author: string, text: string, at: string, seq?: number}} LastWords
 * @typedef {{id: string, title: string, kind: "board"|"room", listed: boolean, closed: boolean,
 *   joined: boolean, code: string|null, head: number, floor: number, members: number,
 *   unread: number, read: number, last: LastWords|null, pinned?: boolean,
 *   muted?: boolean}} Room
 * @typedef {{id: string, name: string, kind: Author["kind"], login?: boolean,
 *   staff?: boolean}} Person
 * @typedef {{type: string, [field: string]: any}} ServerEvent
 * @typedef {{type: string, [field: string]: any}} Command
 */

export const SUBPROTOCOL = "madang.v1";

/** Why a socket was closed; equal to the server's own table. */
export const CLOSE = Object.freeze({
  NORMAL: 1000,
  BINARY: 1003,
  BAD_TEXT: 1007,
  TOO_LONG: 1009,
  RESTARTING: 1012,
  UNKNOWN_CODE: 4404,
  TOO_SLOW: 4408,
  TOO_FAST: 4429,
  BANNED: 4501,
  NO_SESSION: 4503,
});

/** After these nothing is gained by trying again. @type {ReadonlySet<number>} */
export const STOPPING = new Set([CLOSE.BANNED, CLOSE.NO_SESSION]);

/** Refusals that pass by themselves: the post waits instead of failing. @type {ReadonlySet<string>} */
export const PASSING = new Set(["rate_limited", "unavailable", "storage_full"]);

/**
 * @param {string} room
 * @param {{after: number, epoch: string} | null} cursor where to go on, or null for the last page
 * @returns {Command}
 */
export function subscribe(room, cursor) {
  return cursor ? { type: "subscribe", room, ...cursor } : { type: "subscribe", room };
}

/** @param {string} room @returns {Command} */
export function unsubscribe(room) {
  return { type: "unsubscribe", room };
}

/**
 * @param {string} room
 * @param {string} nonce
 * @param {string} text
 * @param {number|null} replyTo
 * @returns {Command}
 */
export function post(room, nonce, text, replyTo = null) {
  const command = { type: "post", room, nonce, text };
  return replyTo === null ? command : { ...command, reply_to: replyTo };
}

/** @param {string} room @param {string} nonce @param {number} seq @param {string} text @returns {Command} */
export function edit(room, nonce, seq, text) {
  return { type: "edit", room, nonce, seq, text };
}

/** @param {string} room @param {string} nonce @param {number} seq @returns {Command} */
export function remove(room, nonce, seq) {
  return { type: "delete", room, nonce, seq };
}

/**
 * @param {string} room
 * @param {string} nonce
 * @param {number} seq
 * @param {string} emoji
 * @param {boolean} on
 * @returns {Command}
 */
export function react(room, nonce, seq, emoji, on) {
  return { type: "react", room, nonce, seq, emoji, on };
}

/** @param {string} room @param {boolean} on @returns {Command} */
export function typing(room, on) {
  return { type: "typing", room, on };
}

/** @param {string} room @param {number} seq @returns {Command} */
export function read(room, seq) {
  return { type: "read", room, seq };
}

/**
 * The events of one frame; a frame that is not an array of objects with a type is no frame of ours.
 * @param {unknown} data
 * @returns {ServerEvent[]}
 */
export function decode(data) {
  /** @type {unknown} */
  let parsed;
  try {
    parsed = JSON.parse(String(data));
  } catch {
    return [];
  }
  if (!Array.isArray(parsed)) return [];
  return parsed.filter((event) => typeof event?.type === "string");
}

/** A name for one post that no other post of this author has. @returns {string} */
export function makeNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Which room and which message an address of this page names, and the other way round. */

/** @param {string} path @returns {string|null} the room's id, null for the list */
export function roomOf(path) {
  const match = /^\/rooms\/([^/]+)\/?$/.exec(path);
  return match?.[1] ? decodeURIComponent(match[1]) : null;
}

/** @param {string} hash @returns {number|null} the seq of a message, null for none */
export function seqOf(hash) {
  const match = /^#m([1-9]\d{0,15})$/.exec(hash);
  const seq = Number(match?.[1]);
  return Number.isSafeInteger(seq) ? seq : null;
}

/** @param {string|null} room @param {number|null} seq */
export function pathOf(room, seq = null) {
  if (!room) return "/rooms";
  return `/rooms/${encodeURIComponent(room)}${seq === null ? "" : `#m${seq}`}`;
}

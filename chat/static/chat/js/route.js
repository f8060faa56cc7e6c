/** Which room an address of this page names, and the other way round. */

/** @param {string} path @returns {string|null} the room's id, null for the list */
export function roomOf(path) {
  const match = /^\/rooms\/([^/]+)\/?$/.exec(path);
  return match?.[1] ? decodeURIComponent(match[1]) : null;
}

/** @param {string|null} room */
export function pathOf(room) {
  return room ? `/rooms/${encodeURIComponent(room)}` : "/rooms";
}

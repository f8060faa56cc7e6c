/** The JSON interface over HTTP, for what is asked once: history, rooms, joining, leaving. */

/**
 * @typedef {import("./protocol.js").Room} Room
 * @typedef {import("./timeline.js").Page} Page
 */

const BASE = "/api/v1/";

/** A refusal, with the server's own sentence. */
export class Refused extends Error {
  /** @param {number} status @param {{code?: string, detail?: string, retry_after?: number}} error */
  constructor(status, { code = "", detail = "", retry_after: after } = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.retryAfter = after ?? null;
  }
}

/**
 * @param {string} room
 * @param {{before: number} | {around: number}} where a seq
 * @param {number} limit
 * @returns {Promise<Page>}
 */
export function history(room, where, limit) {
  const [[name, seq] = []] = Object.entries(where);
  return call("GET", `rooms/${encodeURIComponent(room)}/messages?${name}=${seq}&limit=${limit}`);
}

/** @returns {Promise<Room[]>} mine and the listed ones */
export async function listRooms() {
  const answer = await call("GET", "rooms");
  return Array.isArray(answer) ? answer : [...(answer.rooms ?? []), ...(answer.listed ?? [])];
}

/** @param {{code: string} | {room: string}} which @returns {Promise<Room>} */
export function join(which) {
  return call("POST", "rooms/join", which);
}

/** @param {string} room @returns {Promise<unknown>} */
export function leave(room) {
  return call("POST", `rooms/${encodeURIComponent(room)}/leave`, {});
}

/**
 * @param {string} room
 * @param {string} query how the name begins, as far as it is typed
 * @returns {Promise<import("./protocol.js").Author[]>} who may be meant, the latest speakers first
 */
export async function people(room, query) {
  const path = `rooms/${encodeURIComponent(room)}/people?q=${encodeURIComponent(query)}`;
  return (await call("GET", path)).people;
}

/** How one keeps a room in one's own list. @param {string} room @param {{pinned?: boolean, muted?: boolean}} kept @returns {Promise<Room>} */
export function keep(room, kept) {
  return call("PATCH", `rooms/${encodeURIComponent(room)}/mine`, kept);
}

/**
 * @param {import("./search.js").Question} question
 * @param {AbortSignal} signal
 * @returns {Promise<import("./search.js").Found>}
 */
export function search(question, signal) {
  return call("GET", `search?${new URLSearchParams(Object.entries(question))}`, undefined, signal);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} the parsed answer, null when it is empty
 * @throws {Refused} with status 0 when the server could not be reached
 */
async function call(method, path, body, signal) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : null,
      credentials: "same-origin",
      signal: signal ?? null,
    });
  } catch {
    throw new Refused(0);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(response.status, answer?.error);
  return answer;
}

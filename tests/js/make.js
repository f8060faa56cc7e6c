/** Messages and storage for tests, with plain defaults. */
import { memoryStore } from "../../chat/static/chat/js/drafts.js";

export const ANN = { id: "1", name: "Ann", kind: "guest" };
export const MINSU = { id: "2", name: "민수", kind: "guest" };

export function said(seq, fields = {}) {
  const minute = String(seq % 60).padStart(2, "0");
  return {
    type: "message",
    room: "board",
    seq,
    change: seq,
    nonce: `n${seq}`,
    author: ANN,
    text: `text ${seq}`,
    at: `2026-11-23T05:${minute}:00.000Z`,
    ...fields,
  };
}

export function gone(seq, change) {
  return { type: "message", room: "board", seq, change, deleted: true };
}

export const range = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => said(from + at));

export { memoryStore };

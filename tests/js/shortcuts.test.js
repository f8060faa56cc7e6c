import assert from "node:assert/strict";
import { test } from "node:test";
import { filterRooms } from "../../chat/static/chat/js/elements/room-switcher.js";
import { Rooms } from "../../chat/static/chat/js/rooms.js";
import { shortcutOf } from "../../chat/static/chat/js/shortcuts.js";
import { ROOMS } from "../../chat/static/chat/js/strings/rooms.js";

const key = (fields) => ({
  key: "", code: "", keyCode: 0, isComposing: false, ctrlKey: false, metaKey: false,
  altKey: false, shiftKey: false, defaultPrevented: false, ...fields,
});
const CTRL_K = key({ key: "k", code: "KeyK", ctrlKey: true });

test("keys mean what the sheet says", () => {
  assert.equal(shortcutOf(CTRL_K, false), "switch");
  assert.equal(shortcutOf(key({ key: "ㅏ", code: "KeyK", metaKey: true }), false), "switch");
  assert.equal(shortcutOf(key({ key: "F", code: "KeyF", metaKey: true, shiftKey: true }), true), "search");
  assert.equal(shortcutOf(key({ key: "?", shiftKey: true }), false), "help");
  assert.equal(shortcutOf(key({ key: "/" }), false), "search");
  assert.equal(shortcutOf(key({ key: "ArrowUp", altKey: true }), true), "previous");
  assert.equal(shortcutOf(key({ key: "ArrowDown", altKey: true }), true), "next");
  assert.equal(shortcutOf(key({ key: "Escape" }), true), "leave");
  assert.equal(shortcutOf(key({ key: "k", code: "KeyK" }), false), null);
});

test("none fires while one writes plainly, composes, or where it was taken already", () => {
  assert.equal(shortcutOf(key({ key: "?", shiftKey: true }), true), null);
  assert.equal(shortcutOf(key({ key: "/" }), true), null);
  assert.equal(shortcutOf({ ...CTRL_K, isComposing: true }, true), null);
  assert.equal(shortcutOf({ ...CTRL_K, keyCode: 229 }, true), null);
  assert.equal(shortcutOf(key({ key: "Escape", isComposing: true }), true), null);
  assert.equal(shortcutOf(key({ key: "Escape", defaultPrevented: true }), true), null);
});

const room = (id, title, fields = {}) => ({
  id, title, kind: "room", joined: true, listed: false, unread: 0, read: 0, head: 0,
  last: null, pinned: false, muted: false, ...fields,
});
const TITLES = ["회의실", "금요 회의", "하하호호", "Book club", "독서 모임"];
const found = (words) => {
  const rooms = TITLES.map((title, at) => room(String(at), title));
  return filterRooms(rooms, words, "0").map(({ title }) => title);
};

test("a room is found by initials, by what is typed so far, and by any part", () => {
  assert.deepEqual(found("ㅎㅇ"), ["회의실", "금요 회의"]);
  assert.deepEqual(found("횡"), ["회의실", "금요 회의"]);
  assert.deepEqual(found("ㄷㅅㅁ"), ["독서 모임"]);
  assert.deepEqual(found("독서모"), ["독서 모임"]);
  assert.deepEqual(found("CLUB"), ["Book club"]);
  assert.deepEqual(found("없는 방"), []);
  assert.deepEqual(found("").at(-1), "회의실");
});

test("pinned rooms stand on top, muted ones are not in the title's count", () => {
  const said = (at) => ({ author: "Ann", text: "hi", at, seq: 1 });
  const rooms = new Rooms([
    room("1", "old", { last: said("2026-01-01"), pinned: true }),
    room("2", "new", { last: said("2026-03-01"), unread: 3 }),
    room("3", "quiet", { last: said("2026-02-01"), unread: 7, muted: true }),
    room("board", "Board", { kind: "board" }),
  ]);
  assert.deepEqual(rooms.inOrder.map(({ id }) => id), ["board", "1", "2", "3"]);
  assert.equal(rooms.total, 3);
  assert.equal(rooms.unread("3"), 7);
  assert.equal(rooms.beside("1", 1), "2");
  assert.equal(rooms.beside("board", -1), null);
  rooms.left("2");
  assert.equal(rooms.get("2"), undefined);
});

test("what the switcher says, it says in both languages", () => {
  assert.deepEqual(Object.keys(ROOMS.ko), Object.keys(ROOMS.en));
});

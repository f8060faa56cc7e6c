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
const META_K = key({ key: "k", code: "KeyK", metaKey: true });
const PAGE = { writing: false, arrows: "free" };
const EMPTY = { writing: true, arrows: "free" };
const FIELD = { writing: true, arrows: "mac" };
const CHOICE = { writing: true, arrows: "always" };
const onMac = (pressed, place = FIELD) => shortcutOf(pressed, place, true);
const elsewhere = (pressed, place = FIELD) => shortcutOf(pressed, place, false);

test("keys mean what the sheet says", () => {
  assert.equal(elsewhere(CTRL_K, PAGE), "switch");
  assert.equal(elsewhere({ ...CTRL_K, key: "ㅏ" }), "switch");
  assert.equal(elsewhere(key({ key: "F", code: "KeyF", ctrlKey: true, shiftKey: true })), "search");
  assert.equal(elsewhere(key({ key: "?", shiftKey: true }), PAGE), "help");
  assert.equal(elsewhere(key({ key: "/" }), PAGE), "search");
  assert.equal(elsewhere(key({ key: "ArrowUp", altKey: true })), "previous");
  assert.equal(elsewhere(key({ key: "ArrowDown", altKey: true })), "next");
  assert.equal(elsewhere(key({ key: "Escape" })), "leave");
  assert.equal(elsewhere(key({ key: "k", code: "KeyK" }), PAGE), null);
});

test("commands are ⌘ on Apple's devices, and Ctrl elsewhere", () => {
  const find = { key: "F", code: "KeyF", shiftKey: true };
  assert.equal(onMac(META_K), "switch");
  assert.equal(onMac({ ...META_K, key: "ㅏ" }), "switch");
  assert.equal(onMac(key({ ...find, metaKey: true })), "search");
  assert.equal(onMac(key({ ...find, ctrlKey: true })), null);
  assert.equal(elsewhere(META_K), null);
  assert.equal(elsewhere(key({ ...find, metaKey: true })), null);
  for (const both of [onMac, elsewhere]) {
    assert.equal(both({ ...CTRL_K, metaKey: true }), null);
    assert.equal(both({ ...CTRL_K, altKey: true }), null);
    assert.equal(both({ ...META_K, altKey: true }), null);
  }
});

test("Ctrl edits text on a Mac: none of its keys is ours", () => {
  for (const letter of "ABDEFHKNOPTUVY") {
    const pressed = key({ key: letter.toLowerCase(), code: `Key${letter}`, ctrlKey: true });
    assert.equal(onMac(pressed), null, letter);
    assert.equal(onMac(pressed, PAGE), null, letter);
  }
});

test("Alt and arrows go by paragraphs in a Mac's field, and open a choice anywhere", () => {
  const down = key({ key: "ArrowDown", altKey: true });
  assert.equal(onMac(down, FIELD), null);
  assert.equal(onMac(down, EMPTY), "next");
  assert.equal(onMac(down, PAGE), "next");
  assert.equal(onMac(down, CHOICE), null);
  assert.equal(elsewhere(down, CHOICE), null);
});

test("none fires while one writes plainly, composes, or where it was taken already", () => {
  assert.equal(elsewhere(key({ key: "?", shiftKey: true })), null);
  assert.equal(elsewhere(key({ key: "/" })), null);
  assert.equal(elsewhere({ ...CTRL_K, isComposing: true }), null);
  assert.equal(elsewhere({ ...CTRL_K, keyCode: 229 }), null);
  assert.equal(elsewhere(key({ key: "Escape", isComposing: true })), null);
  assert.equal(elsewhere(key({ key: "Escape", defaultPrevented: true })), null);
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

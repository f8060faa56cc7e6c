import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Attention } from "../../chat/static/chat/js/attention.js";
import { Divider } from "../../chat/static/chat/js/divider.js";
import { pathOf, roomOf, seqOf } from "../../chat/static/chat/js/route.js";
import { Stretch } from "../../chat/static/chat/js/stretch.js";
import { ANN, MINSU, range, said } from "./make.js";

let now;
let tab;
let hands;
let told;
let attention;

beforeEach(() => {
  now = 0;
  told = 0;
  tab = Object.assign(new EventTarget(), { visibilityState: "visible" });
  hands = new EventTarget();
  attention = new Attention({
    document: tab,
    window: hands,
    changed: () => (told += 1),
    signal: new AbortController().signal,
    now: () => now,
  });
});

test("a screen that was left open reads nothing until somebody touches it", () => {
  assert.equal(attention.here, true);
  now = 4 * 60_000;
  assert.equal(attention.here, false);
  hands.dispatchEvent(new Event("pointermove"));
  assert.equal(attention.here, true);
  assert.equal(told, 1);
  hands.dispatchEvent(new Event("keydown"));
  assert.equal(told, 1);
});

test("a hidden tab reads nothing, however busy the hands", () => {
  tab.visibilityState = "hidden";
  tab.dispatchEvent(new Event("visibilitychange"));
  hands.dispatchEvent(new Event("keydown"));
  assert.equal(attention.here, false);
  tab.visibilityState = "visible";
  tab.dispatchEvent(new Event("visibilitychange"));
  assert.equal(attention.here, true);
});

const room = { kind: "room", joined: true, unread: 3, read: 10 };
const stretch = (from, to, older = true) => {
  const made = new Stretch(from, Infinity);
  made.older = older;
  for (const state of range(from, to)) made.put(state);
  return made;
};

test("the line stands where its place is known, and nowhere else", () => {
  const divider = new Divider(room, range(5, 13));
  assert.equal(divider.first(stretch(5, 13), MINSU.id).seq, 11);
  assert.equal(divider.first(stretch(12, 13), MINSU.id), null);
  assert.equal(divider.first(stretch(12, 13, false), MINSU.id).seq, 12);
  assert.equal(divider.first(stretch(5, 13), ANN.id), null);
});

test("a newcomer to the board has no line before all of it", () => {
  assert.equal(new Divider({ ...room, kind: "board", read: 0, unread: 200 }).after, null);
  assert.equal(new Divider({ ...room, joined: false }).after, null);
});

test("what the list did not know of yet is new when the room brings it", () => {
  const read = { ...room, read: 10, unread: 0, last: { seq: 10 } };
  const divider = new Divider(read, range(1, 10));
  divider.brought(range(1, 10), MINSU.id);
  assert.equal(divider.after, null);
  divider.brought(range(1, 13), ANN.id);
  assert.equal(divider.after, null, "one's own words are never new");
  divider.brought(range(1, 13), MINSU.id);
  assert.equal(divider.after, 10);
  assert.equal(divider.unread, 3);
  assert.equal(divider.first(stretch(5, 13), MINSU.id).seq, 11);
});

test("what the room brings moves no line that the list had set, and sets none for a newcomer", () => {
  const divider = new Divider({ ...room, read: 5, unread: 5 }, range(1, 10));
  divider.brought(range(1, 13), MINSU.id);
  assert.equal(divider.after, 5);
  const newcomer = new Divider({ ...room, kind: "board", read: 0, unread: 0 });
  newcomer.brought(range(1, 13), MINSU.id);
  assert.equal(newcomer.after, null);
});

test("the line stays while one reads, and moves on when one was away", () => {
  const divider = new Divider(room, range(1, 13));
  const rows = range(1, 13);
  const come = (seq, reader) => {
    rows.push(said(seq));
    divider.count(rows, { me: MINSU.id, ...reader });
  };
  divider.sawEnd();
  come(14, { atEnd: true, looking: true });
  come(15, { atEnd: false, looking: true });
  assert.equal(divider.after, 10);
  assert.equal(divider.news, 1);
  divider.sawEnd();
  come(16, { atEnd: true, looking: false });
  come(17, { atEnd: true, looking: false });
  assert.equal(divider.after, 15);
  assert.equal(divider.news, 2);
});

test("an address names a room and a message", () => {
  assert.equal(roomOf("/rooms/board"), "board");
  assert.equal(seqOf("#m41"), 41);
  for (const hash of ["", "#m", "#m0", "#m1x", "#mm1", "#m99999999999999999999"]) {
    assert.equal(seqOf(hash), null, hash);
  }
  assert.equal(pathOf("board", 41), "/rooms/board#m41");
  assert.equal(pathOf(null, 41), "/rooms");
});

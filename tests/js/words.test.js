import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { codeIn, codeInAddress } from "../../chat/static/chat/js/code.js";
import { Drafts } from "../../chat/static/chat/js/drafts.js";
import { CLOSE, STOPPING } from "../../chat/static/chat/js/protocol.js";
import { badge, Rooms } from "../../chat/static/chat/js/rooms.js";
import { pathOf, roomOf } from "../../chat/static/chat/js/route.js";
import { sayer, TABLES } from "../../chat/static/chat/js/strings.js";
import * as text from "../../chat/static/chat/js/text.js";
import { MINSU, memoryStore, said } from "./make.js";

const { en, ko } = TABLES;
const forms = (words) => (typeof words === "string" ? [words] : Object.values(words));
const holes = (words) => [...new Set(forms(words).join().match(/\{\w+\}/g) ?? [])].sort();

test("both languages have the same keys and the same holes", () => {
  assert.deepEqual(Object.keys(ko).sort(), Object.keys(en).sort());
  for (const key of Object.keys(en)) assert.deepEqual(holes(ko[key]), holes(en[key]), key);
});

test("no Korean particle stands right after a placeholder", () => {
  for (const [key, words] of Object.entries(ko)) {
    for (const form of forms(words)) {
      assert.doesNotMatch(form, /\}(은|는|이|가|을|를|와|과|으로|로|아|야)(?=[\s.,!?]|$)/, key);
    }
  }
});

test("Korean says nothing in English", () => {
  for (const [key, words] of Object.entries(ko)) {
    for (const form of forms(words)) {
      const own = form.replace(/\{\w+\}/g, "");
      if (/[a-z]/i.test(own)) assert.fail(`${key}: ${form}`);
    }
  }
});

test("every key that the scripts name exists, and the other way round", async () => {
  const { readdirSync } = await import("node:fs");
  const base = new URL("../../chat/static/chat/js/", import.meta.url);
  const files = readdirSync(base, { recursive: true }).filter(
    (name) => name.endsWith(".js") && !name.startsWith("strings"),
  );
  const source = files.map((name) => readFileSync(new URL(name, base), "utf8")).join("\n");
  const named = new Set(source.match(/"[a-z]+\.[a-z_]+"/g)?.map((name) => name.slice(1, -1)));
  const emoji = readFileSync(new URL("../emoji.txt", base), "utf8");
  for (const group of emoji.match(/^\S+$/gm) ?? []) named.add(group);
  assert.deepEqual(Object.keys(en).filter((key) => !named.has(key)), []);
});

test("the plural follows the language", () => {
  assert.equal(sayer("en")("log.pill", { count: 1 }), "1 new message");
  assert.equal(sayer("en")("log.pill", { count: 1200 }), "1,200 new messages");
  assert.equal(sayer("ko")("log.pill", { count: 1 }), "새 메시지 1개");
  assert.equal(sayer("fr")("log.new"), en["log.new"]);
  assert.throws(() => sayer("en")("no.such"));
});

test("a value cannot bring holes of its own", () => {
  assert.equal(sayer("en")("room.said", { name: "{text}", text: "x" }), "{text}: x");
});

test("the close codes are the server's own", () => {
  const source = readFileSync(new URL("../../chat/protocol.py", import.meta.url), "utf8");
  const table = /class Close\(IntEnum\):[\s\S]*?\n\n\n/.exec(source)[0];
  const theirs = Object.fromEntries(
    [...table.matchAll(/^ {4}([A-Z_]+) = (\d+)$/gm)].map(([, name, code]) => [name, Number(code)]),
  );
  assert.deepEqual({ ...CLOSE }, theirs);
  const stopping = Object.values(theirs).filter((code) => code >= 4500);
  assert.deepEqual([...STOPPING].sort(), stopping.sort());
});

test("signs are counted as people see them", () => {
  assert.equal(text.countSigns("한글👨‍👩‍👧é"), 4);
  assert.equal(text.countBytes("한"), 3);
  assert.equal(text.firstSign(" 👨‍👩‍👧a"), "👨‍👩‍👧");
  assert.equal(text.firstSign("ann"), "A");
  assert.equal(text.firstSign("  "), "?");
});

test("the counter appears near the limit alone", () => {
  const limits = { signs: 2000, bytes: 8192 };
  assert.deepEqual(text.room("a".repeat(1000), limits), { left: null, over: false });
  assert.deepEqual(text.room("a".repeat(1900), limits), { left: 100, over: false });
  assert.deepEqual(text.room("a".repeat(2001), limits), { left: -1, over: true });
  assert.equal(text.room("👨‍👩‍👧".repeat(500), limits).over, true);
});

/** The same for the server, which cuts the line of a reply as well: tests/test_text.py. */
const LINES = JSON.parse(readFileSync(new URL("lines.json", import.meta.url), "utf8"));

for (const { text: said, html, plain, quote } of LINES) {
  test(`the one line of ${JSON.stringify(said.slice(0, 30))}`, () => {
    assert.equal(text.plainOf({ text: said, html }), plain);
    assert.equal(text.quoted({ text: said, html }), quote);
    assert.ok(quote);
  });
}

test("every end of a line is shown as one", () => {
  for (const end of ["\n", "\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"]) {
    assert.equal(text.shownLines(`a${end}b${end}${end}c`), "a\nb\n\nc");
    assert.equal(text.linesOf(`a${end}b`, 20), 2);
  }
});

test("blank texts are not sent", () => {
  for (const blank of ["", "  \n", "\u200b\u3164", "\u2060"]) assert.equal(text.visible(blank), false);
  for (const full of ["a", "ㅋ", "👍", "."]) assert.equal(text.visible(full), true);
});

test("neighbouring people have hues far apart", () => {
  for (let id = 1; id < 50; id += 1) {
    const apart = Math.abs(text.hueOf(String(id)) - text.hueOf(String(id + 1)));
    assert.ok(Math.min(apart, 360 - apart) > 60);
  }
});

test("a code is found in what people paste", () => {
  assert.equal(codeIn(" abcde-fghjk "), "abcde-fghjk");
  assert.equal(codeIn("https://chat.example/join#ABCDEFGHJK"), "ABCDEFGHJK");
  assert.equal(codeIn("ＡＢＣ"), "ABC");
  assert.equal(codeIn("https://chat.example/join#%E0%A4%A"), "%E0%A4%A");
  assert.equal(codeInAddress("/join", "#ABCDE"), "ABCDE");
  assert.equal(codeInAddress("/rooms/3", "#ABCDE"), "");
  assert.equal(text.spacedCode("ABCDEFGHJK"), "ABCDE-FGHJK");
});

test("addresses and rooms lead to each other", () => {
  for (const room of ["board", "12", null]) assert.equal(roomOf(pathOf(room)), room);
  assert.equal(roomOf("/rooms/new/x"), null);
});

test("drafts are kept by room and person", () => {
  const store = memoryStore();
  new Drafts(store, "1").set("a", "half");
  assert.equal(new Drafts(store, "1").get("a"), "half");
  assert.equal(new Drafts(store, "2").get("a"), "");
  new Drafts(store, "1").set("a", "  ");
  assert.equal(store.length, 0);
});

const room = (id, fields = {}) => ({
  id, title: id, kind: "room", listed: false, closed: false, joined: true, code: null, head: 5,
  floor: 0, members: 1, unread: 0, read: 0, last: null, ...fields,
});

test("rooms are sorted by activity and parted into mine and open", () => {
  const rooms = new Rooms([
    room("board", { kind: "board" }),
    room("a", { last: { author: "x", text: "t", at: "2026-01-01T00:00:00Z" } }),
    room("b", { last: { author: "x", text: "t", at: "2026-02-01T00:00:00Z" } }),
    room("c", { joined: false, listed: true }),
  ]);
  const { board, mine, open } = rooms.sections;
  assert.deepEqual([board.id, mine.map((one) => one.id), open.map((one) => one.id)], [
    "board", ["b", "a"], ["c"],
  ]);
});

test("unread comes from the server, is nought where one reads, and read never moves back", () => {
  const rooms = new Rooms([room("a", { unread: 3, read: 2 })]);
  assert.equal(rooms.total, 3);
  rooms.reading = "a";
  assert.equal(rooms.total, 0);
  rooms.reading = null;
  assert.equal(rooms.markRead("a", 5), true);
  assert.equal(rooms.markRead("a", 4), false);
  assert.equal(rooms.total, 0);
  rooms.update({ id: "a", head: 4, read: 1, unread: 1 });
  assert.deepEqual([rooms.get("a").head, rooms.get("a").read, rooms.total], [5, 5, 1]);
  rooms.update({ id: "a", unread: 0 });
  rooms.update({ id: "a", head: 5, read: 1, unread: 1 });
  assert.equal(rooms.total, 0, "counted before our reading was known");
  rooms.update({ id: "a", head: 5, read: 5, unread: 1 });
  const rows = [said(4), said(8, { author: MINSU }), said(9)];
  rooms.follow("a", { rows, low: 4, more: true, head: 9 }, MINSU.id);
  assert.deepEqual([rooms.get("a").last.text, rooms.get("a").head, rooms.total], ["text 9", 9, 1]);
  rooms.follow("a", { rows: rows.slice(0, 2), low: 4, more: true, head: 10 }, MINSU.id);
  assert.deepEqual([rooms.get("a").last.text, rooms.total], ["text 8", 0]);
  assert.deepEqual([badge(0), badge(99), badge(200)], ["", "99", "99+"]);
});

test("what another window read is read here, whatever a late answer says", () => {
  const rooms = new Rooms([room("a", { head: 5, unread: 3, read: 2 })]);
  assert.equal(rooms.readElsewhere("a", 4), false);
  assert.equal(rooms.readElsewhere("a", 5), true);
  assert.equal(rooms.total, 0);
  rooms.replace([room("a", { head: 5, unread: 3, read: 2 })]);
  assert.deepEqual([rooms.total, rooms.get("a").read], [0, 5]);
  rooms.replace([room("a", { head: 6, unread: 1, read: 5 })]);
  assert.equal(rooms.total, 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import * as kept from "../../chat/static/chat/js/kept.js";
import { Rooms } from "../../chat/static/chat/js/rooms.js";
import { Timeline } from "../../chat/static/chat/js/timeline.js";
import { ANN, gone, memoryStore, said } from "./make.js";

const room = (id, fields = {}) => ({
  id, title: `Room ${id}`, kind: "room", listed: false, closed: false, joined: true, code: null,
  head: 5, floor: 0, members: 1, unread: 0, read: 0, last: null, ...fields,
});
const BOOT = { me: ANN, epoch: "e1", limits: { text: 9, text_bytes: 9 }, heartbeat: 20 };

/** As much of a conversation as is kept of it. */
function talk(rooms, open, messages, me = ANN) {
  const timeline = new Timeline();
  timeline.load({ messages, head: messages.at(-1)?.change ?? 0, epoch: "e1", mine: { 3: ["👍"] } });
  return { me, open, rooms: new Rooms(rooms), timeline: () => timeline };
}

const many = (count, text = "hello") =>
  Array.from({ length: count }, (_, at) => said(at + 1, { text }));
const REACTED = said(3, { reactions: [{ emoji: "👍", count: 21, people: [] }] });

test("what was read is there again, with where to go on", () => {
  const store = memoryStore();
  new kept.Kept(store, BOOT).save(talk([room("board", { kind: "board" }), room("a")], "a", [...many(2), REACTED]));
  const boot = kept.keptBoot(store);
  assert.deepEqual(boot.rooms.map((one) => one.id), ["board", "a"]);
  assert.deepEqual([boot.me, boot.epoch, boot.limits], [ANN, "e1", BOOT.limits]);
  const back = new Timeline();
  back.load(new kept.Kept(store, boot).room("a"));
  assert.deepEqual(back.rows.map((one) => one.seq), [1, 2, 3]);
  assert.deepEqual(back.cursor, { after: 3, epoch: "e1" });
  assert.deepEqual(back.mine.get(3), ["👍"]);
});

test("nobody has read anything on a fresh device, and broken content is none", () => {
  const store = memoryStore();
  assert.equal(kept.keptBoot(store), null);
  store.setItem("madang.kept.person", "1");
  store.setItem("madang.kept.1", "{half");
  assert.equal(kept.keptBoot(store), null);
});

test("of a room only the newest messages are kept, and fewer when they are long", () => {
  const store = memoryStore();
  const one = new kept.Kept(store, BOOT);
  one.save(talk([room("a")], "a", many(200)));
  const short = one.room("a");
  assert.equal(short.messages.length, kept.MESSAGES_AT_MOST);
  assert.equal(short.messages.at(-1).seq, 200);
  assert.equal(short.more, true);
  one.save(talk([room("a")], "a", many(200, "가".repeat(2_000))));
  const long = one.room("a");
  assert.ok(JSON.stringify(long.messages).length <= kept.SIGNS_AT_MOST);
  assert.ok(long.messages.length > 10);
});

test("a deleted message is not kept on", () => {
  const store = memoryStore();
  const one = new kept.Kept(store, BOOT);
  const chat = talk([room("a")], "a", many(3));
  chat.timeline().begin("e1");
  chat.timeline().receive({ type: "subscribed", room: "a", head: 3 });
  chat.timeline().receive(gone(2, 4));
  one.save(chat);
  assert.deepEqual(one.room("a").messages.map((message) => message.seq), [1, 3]);
});

test("only so many rooms are kept, and none that one has left", () => {
  const store = memoryStore();
  const one = new kept.Kept(store, BOOT);
  const rooms = Array.from({ length: 20 }, (_, at) => room(`r${at}`));
  for (const { id } of rooms) one.save(talk(rooms, id, many(2)));
  const here = () => rooms.filter(({ id }) => one.room(id)).map(({ id }) => id);
  assert.equal(here().length, kept.ROOMS_AT_MOST);
  const left = here()[0];
  one.save(talk(rooms.filter(({ id }) => id !== left), null, []));
  assert.equal(one.room(left), null);
});

test("a full store costs what was read, never what was written", () => {
  const store = memoryStore();
  store.setItem("madang.out.1.n1", "pending");
  const one = new kept.Kept(store, BOOT);
  one.save(talk([room("a")], "a", many(2)));
  store.setItem = () => {
    throw new Error("full");
  };
  one.save(talk([room("a")], "a", many(2)));
  assert.equal(one.room("a"), null);
  assert.equal(store.getItem("madang.out.1.n1"), "pending");
});

test("another person, or signing out, takes all of it away", () => {
  const store = memoryStore();
  new kept.Kept(store, BOOT).save(talk([room("a")], "a", many(2)));
  const other = { ...ANN, id: "9" };
  new kept.Kept(store, { ...BOOT, me: other }).save(talk([room("b")], "b", many(2), other));
  assert.equal(kept.lastPerson(store), "9");
  assert.equal(new kept.Kept(store, BOOT).room("a"), null);
  store.setItem("madang.draft.9.b", "half");
  kept.forgetKept(store);
  assert.deepEqual([store.length, store.key(0)], [1, "madang.draft.9.b"]);
});

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Announcer } from "../../chat/static/chat/js/announcer.js";
import { Chat } from "../../chat/static/chat/js/chat.js";
import { sayer } from "../../chat/static/chat/js/strings.js";
import { FakeClock } from "./clock.js";
import { ANN, MINSU, memoryStore, range, said } from "./make.js";

let clock;
let store;
let sockets;
let asked;
let chat;

const ROOMS = ["board", "9"].map((id) => ({
  id, title: id, kind: id === "board" ? "board" : "room", listed: false, closed: false,
  joined: true, code: null, head: 3, floor: 0, members: 2, unread: 0, read: 3, last: null,
}));

function open(fields = {}, kept = undefined) {
  const boot = {
    me: MINSU, room: "board", rooms: ROOMS, listed: [], epoch: "e", heartbeat: 20,
    limits: { text: 2000, text_bytes: 8192 }, page: range(1, 3), head: 3, ...fields,
  };
  const made = new Chat(boot, {
    store,
    clock,
    kept,
    open: () => {
      const socket = { sent: [], close() {} };
      socket.send = (text) => socket.sent.push(JSON.parse(text));
      sockets.push(socket);
      return socket;
    },
    api: {
      history: async (room, where) => {
        asked.push(where);
        return { messages: [], more: false };
      },
      listRooms: async () => ROOMS,
      keep: async (room, kept) => {
        if (room === "board") throw new Error("refused");
        asked.push(kept);
      },
    },
  });
  made.show("board");
  made.start();
  return made;
}

beforeEach(() => {
  clock = new FakeClock();
  store = memoryStore();
  sockets = [];
  asked = [];
  chat = open();
});

const say = (...events) => sockets.at(-1).onmessage({ data: JSON.stringify(events) });
const hello = () => say({ type: "hello", you: MINSU, epoch: "e", heartbeat: 20 });
const subscribed = (head = 3) => say({ type: "subscribed", room: "board", head });
const sent = (type) => sockets.at(-1).sent.filter((command) => command.type === type);
const texts = () => chat.timeline("board").rows.map((row) => row.text);

test("after hello the open room is subscribed from where the page ends", () => {
  hello();
  assert.deepEqual(sent("subscribe"), [{ type: "subscribe", room: "board", after: 3, epoch: "e" }]);
});

test("a jump leads to another subscription from the cursor", () => {
  hello();
  subscribed();
  say(said(4), said(6));
  assert.deepEqual(sent("subscribe").map((command) => command.after), [3, 4]);
});

test("what is written while the line is down goes out once, under one nonce", () => {
  hello();
  subscribed();
  sockets.at(-1).onclose({ code: 1006 });
  chat.send("안녕");
  chat.send("하세요");
  assert.equal(chat.outbox.of("board").length, 2);
  clock.pass(1_000);
  hello();
  const [first] = sent("post");
  assert.equal(sent("post").length, 1);
  sockets.at(-1).onclose({ code: 1006 });
  clock.pass(2_000);
  hello();
  assert.equal(sent("post")[0].nonce, first.nonce);
  subscribed();
  say(said(4, { author: MINSU, nonce: first.nonce, text: "안녕" }));
  say({ type: "ack", nonce: first.nonce, seq: 4, change: 4 });
  assert.equal(chat.outbox.of("board").length, 1);
  assert.deepEqual(sent("post").map((command) => command.text), ["안녕", "하세요"]);
  assert.equal(texts().at(-1), "안녕");
});

test("what was not confirmed goes out after a reload", () => {
  chat.send("later");
  chat = open();
  hello();
  assert.deepEqual(sent("post").map((command) => command.text), ["later"]);
});

test("what was stored before the page went away is not shown again when its repeat is acked", () => {
  chat.send("one");
  chat.send("two");
  const [one, two] = chat.outbox.of("board");
  chat = open({ page: range(4, 53), head: 53 });
  hello();
  subscribed(53);
  say({ type: "ack", nonce: one.nonce, seq: 2, change: 2 });
  assert.deepEqual(chat.outbox.of("board").map((entry) => entry.text), ["two"]);
  say({ type: "ack", nonce: two.nonce, seq: 54, change: 54 });
  assert.equal(chat.outbox.get(two.nonce).status, "sent");
  say(said(54, { author: MINSU, nonce: two.nonce, text: "two" }));
  assert.deepEqual(chat.outbox.of("board"), []);
});

test("one's own message that comes with a page waits no more, and nobody else's does so", () => {
  chat.send("one");
  chat.send("two");
  const [one, two] = chat.outbox.of("board");
  const page = [said(4, { author: MINSU, nonce: one.nonce }), said(5, { author: ANN, nonce: two.nonce })];
  chat = open({ page, head: 5 });
  assert.deepEqual(chat.outbox.of("board").map((entry) => entry.text), ["two"]);
  hello();
  assert.deepEqual(sent("post").map((command) => command.text), ["two"]);
});

test("a repeat that is acked while another room is open is settled when one comes back", () => {
  chat.send("one");
  const { nonce } = chat.outbox.of("board")[0];
  chat = open({ page: range(4, 53), head: 53 });
  hello();
  subscribed(53);
  chat.show("9");
  say({ type: "subscribed", room: "9", head: 60 }, { type: "ack", nonce, seq: 2, change: 2 });
  assert.equal(chat.outbox.get(nonce).status, "sent");
  chat.show("board");
  subscribed(53);
  assert.deepEqual(chat.outbox.of("board"), []);
});

test("the late ack of a change whose state is here leaves nothing under way", () => {
  hello();
  subscribed();
  chat.acts.edit("board", 2, "better");
  const { nonce } = sent("edit")[0];
  say(said(2, { change: 4, text: "better" }));
  assert.equal(chat.acts.changes.over("board").size, 1);
  say({ type: "ack", nonce, seq: 2, change: 4 });
  assert.equal(chat.acts.changes.over("board").size, 0);
});

test("when the session is another person's, nothing that waits goes out, and that is told", () => {
  chat.send("mine alone");
  chat.acts.edit("board", 2, "mine too");
  let replaced = 0;
  chat.addEventListener("replaced", () => (replaced += 1));
  say({ type: "hello", you: ANN, epoch: "e", heartbeat: 20 }, { type: "heads", heads: {} });
  clock.pass(60_000);
  chat.wake();
  assert.deepEqual(sockets.map((socket) => socket.sent), [[]]);
  assert.deepEqual([replaced, chat.status.phase, chat.me.id], [1, "stopped", MINSU.id]);
  chat = open();
  assert.deepEqual(chat.outbox.of("board").map((entry) => entry.text), ["mine alone"]);
  assert.equal(chat.acts.changes.over("board").get(2).edit.text, "mine too");
});

test("an edit that was not confirmed shows and goes out after a reload", () => {
  chat.acts.edit("board", 2, "better");
  chat = open();
  assert.equal(chat.acts.changes.over("board").get(2).edit.text, "better");
  hello();
  assert.deepEqual(sent("edit").map((command) => command.text), ["better"]);
});

test("a row of another room than the open one is confirmed by its subscription", () => {
  hello();
  subscribed();
  chat.send("one");
  const { nonce } = sent("post")[0];
  chat.show("9");
  say({ type: "ack", nonce, seq: 4, change: 4 });
  assert.equal(chat.outbox.of("board")[0].status, "sent");
  chat.show("board");
  say(said(4, { author: MINSU, nonce, text: "one" }), { type: "subscribed", room: "board", head: 4 });
  assert.deepEqual(chat.outbox.of("board"), []);
});

test("too fast waits and goes again by itself", () => {
  hello();
  chat.send("one");
  const { nonce } = sent("post")[0];
  say({ type: "error", code: "rate_limited", detail: "slow", nonce, retry_after: 2 });
  assert.equal(chat.outbox.get(nonce).status, "waiting");
  clock.pass(1_900);
  assert.equal(sent("post").length, 1);
  clock.pass(200);
  assert.equal(sent("post").length, 2);
});

test("another room is listened to instead of, not besides", () => {
  hello();
  subscribed();
  chat.show("9");
  assert.deepEqual(sent("unsubscribe"), [{ type: "unsubscribe", room: "board" }]);
  assert.deepEqual(sent("subscribe").at(-1), { type: "subscribe", room: "9" });
});

test("reading the end tells the server once", () => {
  hello();
  subscribed();
  say(said(4, { author: ANN }));
  chat.read();
  chat.read();
  assert.deepEqual(sent("read"), [{ type: "read", room: "board", seq: 4 }]);
});

test("what was read last is told before one goes elsewhere, be it a moment after", () => {
  hello();
  subscribed();
  say(said(4, { author: ANN }));
  chat.read();
  say(said(5, { author: ANN }));
  chat.read();
  assert.deepEqual(sent("read").map(({ seq }) => seq), [4]);
  chat.show("9");
  const kinds = sockets.at(-1).sent.map(({ type, seq }) => `${type} ${seq ?? ""}`.trim());
  assert.deepEqual(kinds.slice(-3), ["read 5", "unsubscribe", "subscribe"]);
  clock.pass(2_000);
  assert.equal(sent("read").length, 2);
});

test("what nobody looks at is unread in the open room too, until it is read or deleted", () => {
  hello();
  subscribed();
  say(said(4, { author: ANN }), said(5, { author: MINSU }), said(6, { author: ANN }));
  assert.equal(chat.rooms.total, 2);
  say({ type: "message", room: "board", seq: 6, change: 7, deleted: true });
  assert.equal(chat.rooms.total, 1);
  assert.equal(chat.rooms.get("board").last.text, "text 5");
  chat.read();
  assert.equal(chat.rooms.total, 0);
  say(said(8, { author: ANN }));
  assert.equal(chat.rooms.total, 0);
  chat.unread();
  say(said(9, { author: ANN }));
  assert.equal(chat.rooms.total, 2);
});

test("history that comes after a reset is not mixed in", async () => {
  chat.timeline("board").more = true;
  const older = chat.past.older("board");
  hello();
  say({ type: "reset", room: "board" });
  assert.equal(await older, false);
  assert.deepEqual(asked, [{ before: 1 }]);
  assert.deepEqual(texts(), []);
});

test("a pin shows at once, and is taken back when the server refuses it", async () => {
  const kept = chat.keep("9", { pinned: true });
  assert.equal(chat.rooms.get("9").pinned, true);
  await kept;
  assert.deepEqual(asked, [{ pinned: true }]);
  const refused = chat.keep("board", { muted: true });
  assert.equal(chat.rooms.get("board").muted, true);
  await assert.rejects(refused);
  assert.notEqual(chat.rooms.get("board").muted, true);
});

test("a room left elsewhere is gone from the list", () => {
  hello();
  say({ type: "rooms", rooms: [{ id: "9", joined: false }] });
  assert.equal(chat.rooms.get("9"), undefined);
});

test("news of an unknown room reads the list again", async () => {
  hello();
  clock.pass(2_000);
  await Promise.resolve();
  let asks = 0;
  chat.addEventListener("rooms", () => (asks += 1));
  say({ type: "rooms", rooms: [{ id: "77", head: 1, unread: 1 }] });
  clock.pass(2_000);
  await new Promise((done) => setImmediate(done));
  assert.ok(asks >= 2);
});

test("a burst is announced as a number, a few by their words", () => {
  const spoken = [];
  const announcer = new Announcer({
    say: sayer("ko"),
    speak: (text) => spoken.push(text),
    after: clock.after,
  });
  announcer.heard(said(1, { author: MINSU, text: "안녕" }));
  clock.pass(1_000);
  for (let seq = 2; seq < 9; seq += 1) announcer.heard(said(seq));
  clock.pass(1_000);
  assert.deepEqual(spoken, ["민수: 안녕", "새 메시지 7개"]);
});

test("each room that is kept is there when it is opened, however many were before it", () => {
  const names = Array.from({ length: 12 }, (_, at) => `r${at}`);
  const rooms = names.map((id) => ({ ...ROOMS[1], id }));
  const kept = (room) => (names.includes(room) ? { messages: range(1, 2), head: 2, epoch: "e" } : null);
  chat.send("one", null);
  const { nonce } = chat.outbox.of("board")[0];
  chat = open({ room: null, page: [], rooms: [...ROOMS, ...rooms] }, (room) =>
    room === "board" ? { messages: [said(4, { author: MINSU, nonce })], head: 4, epoch: "e" } : kept(room));
  for (const room of [...names, "9", ...names]) {
    chat.show(room);
    assert.equal(chat.timeline(room).rows.length, room === "9" ? 0 : 2, room);
  }
  chat.show("board");
  assert.deepEqual([texts(), chat.outbox.of("board")], [["text 4"], []]);
});

test("a room that may not be heard yet is asked for again when the server says so", () => {
  hello();
  const asks = () => sockets.at(-1).sent.filter((command) => command.type === "subscribe").length;
  const before = asks();
  say({ type: "error", code: "rate_limited", detail: "…", room: "board", retry_after: 7 });
  clock.pass(6_900);
  assert.equal(asks(), before);
  clock.pass(200);
  assert.equal(asks(), before + 1);
  say({ type: "error", code: "rate_limited", detail: "…", room: "board", retry_after: 7 });
  chat.show("9");
  clock.pass(8_000);
  assert.equal(sockets.at(-1).sent.filter((c) => c.type === "subscribe" && c.room === "board").length, before + 1);
});

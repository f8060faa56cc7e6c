import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Backoff } from "../../chat/static/chat/js/backoff.js";
import { LiveSocket } from "../../chat/static/chat/js/socket.js";
import { FakeClock } from "./clock.js";

let clock;
let sockets;
let events;
let live;

beforeEach(() => {
  clock = new FakeClock();
  sockets = [];
  events = [];
  live = new LiveSocket({
    clock,
    open: (protocol) => {
      const socket = { protocol, sent: [], closed: false };
      socket.send = (text) => socket.sent.push(JSON.parse(text));
      socket.close = () => (socket.closed = true);
      sockets.push(socket);
      return socket;
    },
    onEvent: (event) => events.push(event),
    onStatus: () => {},
  });
  live.start();
});

const say = (socket, ...list) => socket.onmessage?.({ data: JSON.stringify(list) });
const hello = (socket) => say(socket, { type: "hello", heartbeat: 20 });

test("it is ready after hello, not before", () => {
  assert.equal(sockets[0].protocol, "madang.v1");
  assert.equal(live.send({ type: "read" }), false);
  hello(sockets[0]);
  assert.equal(live.send({ type: "read" }), true);
  assert.deepEqual(sockets[0].sent, [{ type: "read" }]);
  assert.equal(live.status.lostAt, null);
});

test("a lost line comes back with growing waits", () => {
  const waits = [];
  for (let at = 0; at < 9; at += 1) {
    const before = sockets.length;
    sockets.at(-1).onclose({ code: 1006 });
    const start = clock.time;
    while (sockets.length === before) clock.pass(10);
    waits.push(clock.time - start);
  }
  assert.ok(waits[0] >= 150 && waits[0] <= 310, String(waits[0]));
  for (let at = 1; at < 7; at += 1) assert.ok(waits[at] > waits[at - 1] * 1.5, String(waits));
  assert.ok(waits.at(-1) <= 30_000);
});

test("a stable connection forgets earlier failures", () => {
  const backoff = new Backoff(() => 1);
  for (let at = 0; at < 6; at += 1) backoff.next(0);
  backoff.opened(0);
  assert.ok(backoff.next(9_000) > 10_000);
  backoff.opened(20_000);
  assert.equal(backoff.next(31_000), 300);
});

test("two missed heartbeats end the line without waiting for the browser", () => {
  hello(sockets[0]);
  clock.pass(40_000);
  assert.equal(live.status.phase, "open");
  clock.pass(5_000);
  assert.equal(sockets[0].closed, true);
  clock.pass(1_000);
  assert.equal(sockets.length, 2);
});

test("what an old socket still says is not heard", () => {
  const old = sockets[0].onmessage;
  hello(sockets[0]);
  live.sleep();
  clock.pass(1_000);
  events.length = 0;
  old({ data: '[{"type":"message"}]' });
  assert.deepEqual(events, []);
});

test("waking tries within a second, and only when waiting", () => {
  for (let at = 0; at < 8; at += 1) {
    const count = sockets.length;
    sockets.at(-1).onclose({ code: 1006 });
    while (at < 7 && sockets.length === count) clock.pass(10);
  }
  const before = sockets.length;
  live.wake();
  clock.pass(1_000);
  assert.equal(sockets.length, before + 1);
  hello(sockets.at(-1));
  live.wake();
  clock.pass(1_000);
  assert.equal(sockets.length, before + 1);
});

test("bye says how long to stay away", () => {
  hello(sockets[0]);
  say(sockets[0], { type: "bye", retry_after: 4 });
  sockets[0].onclose({ code: 1012 });
  clock.pass(3_900);
  assert.equal(sockets.length, 1);
  clock.pass(200);
  assert.equal(sockets.length, 2);
});

for (const code of [4501, 4503]) {
  test(`${code} stops for good`, () => {
    hello(sockets[0]);
    sockets[0].onclose({ code });
    clock.pass(120_000);
    live.wake();
    clock.pass(120_000);
    assert.equal(sockets.length, 1);
    assert.deepEqual([live.status.phase, live.status.code], ["stopped", code]);
  });
}

for (const code of [4408, 4429, 1012, 1006]) {
  test(`${code} comes back`, () => {
    hello(sockets[0]);
    sockets[0].onclose({ code });
    clock.pass(code === 4429 ? 4_900 : 0);
    assert.equal(sockets.length, 1);
    clock.pass(500);
    assert.equal(sockets.length, 2);
  });
}

test("frames that are no array of events are ignored", () => {
  for (const data of ["", "{", "{}", "[1,null,{}]", '"x"']) sockets[0].onmessage({ data });
  assert.deepEqual(events, []);
});

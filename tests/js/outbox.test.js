import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Outbox } from "../../chat/static/chat/js/outbox.js";
import { memoryStore } from "./make.js";

let store;
let time;
const open = () => new Outbox({ store, person: "7", now: () => time });

beforeEach(() => {
  store = memoryStore();
  time = 1_000;
});

test("one post a room is under way, in the order of writing", () => {
  const outbox = open();
  outbox.add("a", "one");
  outbox.add("a", "two");
  outbox.add("b", "three");
  assert.equal(outbox.take("a").text, "one");
  assert.equal(outbox.take("a"), null);
  assert.equal(outbox.take("b").text, "three");
});

test("the next goes after the answer, whether ack or message comes first", () => {
  const outbox = open();
  const first = outbox.add("a", "one");
  const second = outbox.add("a", "two");
  outbox.take("a");
  outbox.acked(first.nonce, 5);
  assert.equal(outbox.of("a")[0].status, "sent");
  assert.equal(outbox.arrived(first.nonce), true);
  assert.equal(outbox.take("a").nonce, second.nonce);
  assert.equal(outbox.arrived(second.nonce), true);
  outbox.acked(second.nonce, 6);
  assert.deepEqual(outbox.of("a"), []);
});

test("after a break the same nonce goes again", () => {
  const outbox = open();
  outbox.add("a", "one");
  const first = outbox.take("a");
  outbox.interrupted();
  assert.equal(outbox.take("a").nonce, first.nonce);
});

test("a post without an answer goes again after a while", () => {
  const outbox = open();
  outbox.add("a", "one");
  outbox.take("a");
  assert.equal(outbox.lapse(), false);
  time += 16_000;
  assert.equal(outbox.lapse(), true);
  assert.equal(outbox.take("a").text, "one");
});

test("what was not confirmed survives a reload, in order, and nothing else does", () => {
  const outbox = open();
  const texts = Array.from({ length: 12 }, (_, at) => `text ${at}`);
  const entries = texts.map((text) => outbox.add("a", text));
  outbox.take("a");
  outbox.acked(entries[0].nonce, 3);
  const again = open();
  assert.deepEqual(again.of("a").map((entry) => entry.text), texts.slice(1));
  assert.equal(again.take("a").nonce, entries[1].nonce);
  assert.deepEqual(new Outbox({ store, person: "8" }).of("a"), []);
});

test("going too fast pauses the room and keeps the post", () => {
  const outbox = open();
  const entry = outbox.add("a", "one");
  outbox.take("a");
  outbox.refused(entry.nonce, { code: "rate_limited", retry_after: 3 });
  assert.equal(outbox.pausedFor("a"), 3_000);
  assert.equal(outbox.take("a"), null);
  time += 3_000;
  assert.equal(outbox.take("a").nonce, entry.nonce);
});

test("a refusal fails the post and lets the next one go", () => {
  const outbox = open();
  const entry = outbox.add("a", "one");
  outbox.add("a", "two");
  outbox.take("a");
  outbox.refused(entry.nonce, { code: "too_big", detail: "Too long." });
  assert.deepEqual([outbox.get(entry.nonce).status, outbox.get(entry.nonce).reason], [
    "failed",
    "Too long.",
  ]);
  assert.equal(outbox.take("a").text, "two");
});

test("a failed post can be sent again or taken back", () => {
  const outbox = open();
  const entry = outbox.add("a", "one");
  outbox.take("a");
  outbox.refused(entry.nonce, { code: "forbidden" });
  assert.equal(open().of("a")[0].status, "failed");
  outbox.retry(entry.nonce);
  assert.equal(outbox.take("a").nonce, entry.nonce);
  outbox.refused(entry.nonce, { code: "forbidden" });
  assert.equal(outbox.discard(entry.nonce).text, "one");
  assert.deepEqual(open().of("a"), []);
});

test("a full storage does not stop the post", () => {
  store.setItem = () => {
    throw new Error("full");
  };
  const outbox = open();
  outbox.add("a", "one");
  assert.equal(outbox.take("a").text, "one");
});

test("a broken record is passed over", () => {
  store.setItem("madang.out.7.x", "{");
  store.setItem("madang.out.7.y", '{"nonce":1}');
  assert.deepEqual(open().rooms, []);
});

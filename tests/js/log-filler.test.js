import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LogFiller } from "../../chat/static/chat/js/elements/log-filler.js";
import { Span } from "../../chat/static/chat/js/span.js";
import { range } from "./make.js";

let view;
let chat;
let asked;
let filler;

/** Lets the request that is under way end. */
async function answer(way, error = null) {
  const { done, fail } = asked[way].pop();
  if (error) fail(error);
  else done(false);
  await new Promise((later) => setImmediate(later));
}

beforeEach(() => {
  view = { rows: range(50, 60), from: 50, to: 60, older: true };
  asked = { older: [], newer: [] };
  const ask = (way) => () => new Promise((done, fail) => asked[way].push({ done, fail }));
  chat = {
    status: { phase: "open" },
    timeline: () => ({ loaded: true, detached: true, view }),
    past: { older: ask("older"), newer: ask("newer") },
  };
  filler = new LogFiller(chat, "board", new Span(1000), () => {});
});

const counts = () => [asked.older.length, asked.newer.length];

test("a failure one way stops only that way", async () => {
  filler.fill(1e4, 0);
  await answer("newer", new Error("gone"));
  assert.deepEqual([filler.failed("older"), filler.failed("newer")], [false, true]);
  filler.fill(0, 0);
  assert.deepEqual(counts(), [1, 0]);
  await answer("older");
  filler.fill(1e4, 0);
  assert.deepEqual(counts(), [0, 0]);
});

test("who asks again asks the same way, and both ways may fail", async () => {
  filler.fill(1e4, 0);
  await answer("newer", new Error("gone"));
  filler.fill(0, 1e4);
  await answer("older", new Error("gone"));
  assert.deepEqual([filler.failed("older"), filler.failed("newer")], [true, true]);
  filler.retry("newer");
  assert.deepEqual(counts(), [0, 1]);
  assert.deepEqual([filler.failed("older"), filler.failed("newer")], [true, false]);
});

test("a failure stays where it was when one reads elsewhere", async () => {
  filler.fill(1e4, 0);
  await answer("newer", new Error("gone"));
  view = { ...view, to: 80 };
  assert.equal(filler.failed("newer"), false);
  filler.fill(1e4, 0);
  assert.deepEqual(counts(), [0, 1]);
});

test("the line that is back forgets what failed, even what was asked for before", async () => {
  filler.fill(1e4, 0);
  chat.status = { phase: "waiting" };
  filler.lineChanged();
  await answer("newer", new Error("gone"));
  assert.equal(filler.failed("newer"), true);
  filler.fill(1e4, 0);
  assert.deepEqual(counts(), [0, 0]);
  chat.status = { phase: "open" };
  filler.lineChanged();
  assert.equal(filler.failed("newer"), false);
  filler.fill(1e4, 0);
  filler.lineChanged();
  await answer("newer", new Error("gone"));
  assert.equal(filler.failed("newer"), false);
});

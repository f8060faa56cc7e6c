import assert from "node:assert/strict";
import { test } from "node:test";

import { framesBy } from "../../chat/static/chat/js/frames.js";
import { FakeClock } from "./clock.js";

/** Frames that come when the test says so, on a page that a tab shows. */
function parts() {
  const clock = new FakeClock();
  /** @type {(() => void)[]} */
  const coming = [];
  const ask = framesBy(clock, (run) => coming.push(run));
  /** @type {string[]} */
  const ran = [];
  const log = () => ran.push("log");
  const list = () => ran.push("list");
  /** Draws that take this long. @param {number} took */
  const dear = (took) => () => {
    ran.push("dear");
    clock.time += took;
  };
  /** The next frame. */
  const frame = () => {
    for (const run of coming.splice(0)) run();
  };
  return { clock, coming, ask, ran, log, list, dear, frame };
}

test("what is asked for often runs once, all in one frame", () => {
  const { ask, ran, log, list, frame, coming, clock } = parts();
  for (let time = 0; time < 3; time += 1) {
    ask(list, false);
    ask(log, false);
  }
  assert.equal(coming.length, 1);
  frame();
  clock.pass(1_000);
  assert.deepEqual([ran, coming.length], [["list", "log"], 0]);
});

test("after a light frame the next one comes at once", () => {
  const { ask, ran, dear, frame } = parts();
  const light = dear(3);
  ask(light, false);
  frame();
  ask(light, false);
  frame();
  assert.equal(ran.length, 2);
});

test("after a dear frame comes a rest of twice what was too much, never more than a quarter of a second", () => {
  for (const [took, rest] of [[34, 60], [900, 250]]) {
    const { clock, coming, ask, ran, log, dear, frame } = parts();
    ask(dear(took), false);
    frame();
    ask(log, false);
    ask(log, false);
    clock.pass(rest - 1);
    assert.equal(coming.length, 0);
    clock.pass(1);
    assert.equal(coming.length, 1);
    frame();
    assert.deepEqual(ran, ["dear", "log"]);
  }
});

test("a rest is over when its time has passed, whether or not anything was asked for", () => {
  const { clock, coming, ask, log, dear, frame } = parts();
  ask(dear(30), false);
  frame();
  clock.pass(61);
  ask(log, false);
  assert.equal(coming.length, 1);
});

test("what a frame itself asks for rests as well", () => {
  const { clock, coming, ask, log, dear, frame } = parts();
  const costly = dear(30);
  ask(() => {
    ask(log, false);
    costly();
  }, false);
  frame();
  assert.equal(coming.length, 0);
  clock.pass(52);
  assert.equal(coming.length, 1);
});

test("a hand does not wait, and takes along what does", () => {
  const { clock, coming, ask, ran, log, list, dear, frame } = parts();
  ask(dear(200), false);
  frame();
  ask(list, false);
  assert.equal(coming.length, 0);
  ask(log, true);
  frame();
  clock.pass(1_000);
  assert.deepEqual([ran, coming.length], [["dear", "list", "log"], 0]);
});

test("a hand that asks while a frame is drawn has the next one", () => {
  const { ask, ran, log, dear, frame } = parts();
  const costly = dear(200);
  ask(() => {
    costly();
    ask(log, true);
  }, false);
  frame();
  frame();
  assert.deepEqual(ran, ["dear", "log"]);
});

test("a hidden tab draws after a quarter of a second, and a frame that comes late not again", () => {
  const { clock, ask, ran, log, frame } = parts();
  ask(log, false);
  clock.pass(250);
  assert.deepEqual(ran, ["log"]);
  frame();
  assert.deepEqual(ran, ["log"]);
});

test("what fails in a frame does not keep the others from it", () => {
  const { coming, ask, ran, log, frame } = parts();
  /** @type {string[]} */
  const told = [];
  const before = globalThis.reportError;
  globalThis.reportError = (error) => told.push(error.message);
  try {
    ask(() => {
      throw new Error("broken");
    }, false);
    ask(log, false);
    frame();
  } finally {
    globalThis.reportError = before;
  }
  assert.deepEqual([ran, told], [["log"], ["broken"]]);
  ask(log, false);
  assert.equal(coming.length, 1);
});

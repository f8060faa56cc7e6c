import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { EnterKey } from "../../chat/static/chat/js/enter-key.js";
import { FakeClock } from "./clock.js";

let clock;
let sent;
let surely;
let touch;
let enter;

beforeEach(() => {
  clock = new FakeClock();
  sent = 0;
  touch = false;
  surely = null;
  const send = (how) => {
    sent += 1;
    surely = how;
  };
  enter = new EnterKey({ send, clock, newline: () => touch });
});

const key = (fields = {}) => ({
  key: "Enter",
  code: "Enter",
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...fields,
});
const process = key({ key: "Process", keyCode: 229, isComposing: true });
const lineBreak = { inputType: "insertLineBreak", isComposing: false };

test("a plain Enter sends once, before anything else can be typed", () => {
  enter.keydown(key());
  assert.equal(enter.beforeinput(lineBreak), true);
  assert.equal(sent, 1);
  clock.pass(200);
  assert.equal(sent, 1);
});

test("Shift+Enter makes a line", () => {
  enter.keydown(key({ shiftKey: true }));
  assert.equal(enter.beforeinput(lineBreak), false);
  clock.pass(500);
  assert.equal(sent, 0);
});

test("on touch keyboards Enter makes a line", () => {
  touch = true;
  enter.keydown(key());
  assert.equal(enter.beforeinput(lineBreak), false);
  clock.pass(500);
  assert.equal(sent, 0);
});

for (const command of ["ctrlKey", "metaKey"]) {
  test(`${command} and Enter send, on touch devices with a keyboard too`, () => {
    for (touch of [false, true]) {
      sent = 0;
      assert.equal(enter.keydown(key({ [command]: true })), true);
      clock.pass(200);
      assert.equal(sent, 1);
      assert.equal(surely, true);
    }
  });

  test(`${command} and Enter send the syllable that is being made as well, on touch devices too`, () => {
    for (touch of [false, true]) {
      sent = 0;
      enter.compositionstart();
      enter.keydown({ ...process, code: "Enter", [command]: true });
      enter.compositionend("글");
      enter.keydown(key({ [command]: true }));
      clock.pass(200);
      assert.equal(sent, 1);
    }
  });
}

test("on touch keyboards Enter inside a composition makes a line", () => {
  touch = true;
  enter.compositionstart();
  enter.keydown(process);
  enter.compositionend("글");
  clock.pass(500);
  assert.equal(sent, 0);
});

test("Hangul, Chromium's order: composing Enter, end, then a line break", () => {
  enter.compositionstart();
  enter.keydown(process);
  enter.compositionend("글");
  enter.keydown(key());
  assert.equal(enter.beforeinput(lineBreak), true);
  clock.pass(500);
  assert.equal(sent, 1);
});

test("Hangul where no line break follows", () => {
  enter.compositionstart();
  enter.keydown(process);
  enter.compositionend("글");
  clock.pass(500);
  assert.equal(sent, 1);
});

test("Hangul where the line break comes late is not sent twice", () => {
  enter.compositionstart();
  enter.keydown(process);
  enter.compositionend("글");
  clock.pass(60);
  assert.equal(sent, 1);
  assert.equal(enter.beforeinput(lineBreak), true);
  clock.pass(500);
  assert.equal(sent, 1);
});

test("Hangul, Safari's order: end first, then an Enter with 229", () => {
  enter.compositionstart();
  enter.compositionend("글");
  enter.keydown(key({ keyCode: 229 }));
  clock.pass(500);
  assert.equal(sent, 1);
});

for (const data of ["日本", "にほん", "中文", "漢字", ""]) {
  test(`confirming “${data}” sends nothing, in either order`, () => {
    enter.compositionstart();
    enter.keydown(process);
    enter.compositionend(data);
    clock.pass(500);
    enter.compositionstart();
    enter.compositionend(data);
    enter.keydown(key({ keyCode: 229 }));
    clock.pass(500);
    assert.equal(sent, 0);
  });
}

test("ending a syllable by a space or a click sends nothing", () => {
  enter.compositionstart();
  enter.keydown(key({ key: "Process", code: "Space", keyCode: 229, isComposing: true }));
  enter.compositionend("글");
  clock.pass(500);
  assert.equal(sent, 0);
});

test("a clean Enter ahead of the last syllable waits for it", () => {
  enter.compositionstart();
  enter.keydown(key());
  assert.equal(enter.beforeinput(lineBreak), true);
  assert.equal(sent, 0);
  enter.compositionend("글");
  clock.pass(500);
  assert.equal(sent, 1);
});

test("Ctrl+Enter sends where a line break would not come", () => {
  assert.equal(enter.keydown(key({ ctrlKey: true })), true);
  clock.pass(10);
  assert.equal(sent, 1);
});

test("an Enter that chose from a list sends nothing, whichever way it came", () => {
  enter.compositionstart();
  enter.keydown(process);
  enter.compositionend("민");
  enter.taken();
  clock.pass(200);
  assert.equal(sent, 0);
  enter.keydown(key());
  enter.beforeinput(lineBreak);
  assert.equal(sent, 1);
});

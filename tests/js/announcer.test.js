import assert from "node:assert/strict";
import { test } from "node:test";
import { Announcer } from "../../chat/static/chat/js/announcer.js";
import { sayer } from "../../chat/static/chat/js/strings.js";
import { MINSU, said } from "./make.js";

/** An announcer whose time passes when the test says so. */
function listening() {
  const spoken = [];
  let due = null;
  const announcer = new Announcer({
    say: sayer("ko"),
    speak: (text) => spoken.push(text),
    after: (run) => {
      due = run;
    },
  });
  return { announcer, spoken, pass: () => due() };
}

test("one or two messages are read with their authors, more as a number", () => {
  const { announcer, spoken, pass } = listening();
  announcer.heard(said(1, { author: MINSU, text: "안녕" }));
  announcer.heard(said(2, { text: "hi" }));
  assert.deepEqual(spoken, []);
  pass();
  for (let seq = 3; seq < 40; seq += 1) announcer.heard(said(seq));
  pass();
  assert.deepEqual(spoken, ["민수: 안녕\nAnn: hi", "새 메시지 37개"]);
});

test("who has switched it off hears nothing", () => {
  let muted = true;
  const spoken = [];
  const run = [];
  const announcer = new Announcer({
    say: sayer("ko"),
    speak: (text) => spoken.push(text),
    after: (after) => run.push(after),
    muted: () => muted,
  });
  announcer.heard(said(1, { text: "조용" }));
  assert.equal(run.length, 0);
  muted = false;
  announcer.heard(said(2, { text: "**들려요**", html: "<p><strong>들려요</strong></p>" }));
  run[0]();
  assert.deepEqual(spoken.map((text) => text.trim()), ["Ann:  들려요"]);
});

test("a long message is only begun, and no sign is cut in two", () => {
  const { announcer, spoken, pass } = listening();
  announcer.heard(said(1, { text: "😀".repeat(2_000) }));
  pass();
  assert.equal([...spoken[0]].length, "Ann: ".length + 280 + 1);
  assert.ok(spoken[0].endsWith("😀…"));
});

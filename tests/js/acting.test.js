import assert from "node:assert/strict";
import { test } from "node:test";
import { Changes } from "../../chat/static/chat/js/changes.js";
import { chips, recent, used } from "../../chat/static/chat/js/reactions.js";
import { buildRows } from "../../chat/static/chat/js/rows.js";
import { Typists, TypingSignal } from "../../chat/static/chat/js/typing.js";
import { Drafts } from "../../chat/static/chat/js/drafts.js";
import { Writing } from "../../chat/static/chat/js/writing.js";
import { FakeClock } from "./clock.js";
import { ANN, MINSU, memoryStore, said } from "./make.js";

const look = (list) => list.map(({ emoji, count, mine }) => `${emoji}${count}${mine ? "!" : ""}`);

test("a reaction shows at once, and once, however the answer and the state arrive", () => {
  for (const order of ["ack first", "state first"]) {
    const changes = new Changes();
    const before = said(1, { reactions: [{ emoji: "👍", count: 2, people: ["7", "8"] }] });
    const after = { ...before, change: 5, reactions: [{ emoji: "👍", count: 3, people: ["7", "8", "2"] }] };
    const show = (state) => look(chips(state, "2", [], changes.over("board").get(1)?.reacted));
    changes.react("board", 1, "👍", true);
    const [command] = changes.take();
    assert.deepEqual({ ...command, nonce: "" }, { type: "react", room: "board", nonce: "", seq: 1, emoji: "👍", on: true });
    assert.deepEqual(show(before), ["👍3!"]);
    if (order === "ack first") changes.acked(command.nonce, 5);
    assert.deepEqual(show(after), ["👍3!"]);
    changes.arrived("board", after);
    if (order === "state first") changes.acked(command.nonce, 5);
    changes.settled("board", 5);
    assert.deepEqual(show(after), ["👍3!"]);
    assert.equal(changes.over("board").size, 0);
  }
});

test("a refused reaction is taken back, one that must wait goes again by itself", () => {
  let now = 0;
  const changes = new Changes({ now: () => now });
  changes.react("board", 1, "🔥", true);
  const [first] = changes.take();
  assert.equal(changes.refused(first.nonce, { code: "rate_limited", retry_after: 2 }), null);
  assert.deepEqual(changes.take(), []);
  now = 2_001;
  const [again] = changes.take();
  assert.equal(again.nonce, first.nonce);
  assert.equal(changes.refused(again.nonce, { code: "conflict", detail: "full" }).emoji, "🔥");
  assert.equal(changes.over("board").size, 0);
});

test("of quick toggles the last one counts, and they go out in order", () => {
  const changes = new Changes();
  changes.react("board", 1, "👍", true);
  const [on] = changes.take();
  changes.react("board", 1, "👍", false);
  changes.react("board", 1, "👍", true);
  changes.react("board", 1, "👍", false);
  assert.equal(changes.over("board").get(1).reacted.get("👍"), false);
  assert.deepEqual(changes.take(), []);
  changes.acked(on.nonce, 4);
  assert.deepEqual(changes.take().map((command) => command.on), [false]);
});

test("after a broken line changes go again under their nonces", () => {
  const changes = new Changes();
  changes.edit("board", 1, "new");
  changes.remove("board", 2);
  const before = changes.take();
  assert.equal(changes.interrupted(), true);
  assert.deepEqual(changes.take(), before);
  assert.deepEqual(before.map((command) => command.type), ["edit", "delete"]);
});

test("a refused edit keeps its text and can be sent again or dropped", () => {
  const changes = new Changes();
  changes.edit("board", 1, "better");
  const [command] = changes.take();
  assert.equal(changes.refused(command.nonce, { code: "forbidden", detail: "too late" }).kind, "edit");
  const { edit } = changes.over("board").get(1);
  assert.deepEqual([edit.status, edit.reason, edit.text], ["failed", "too late", "better"]);
  changes.retry(edit.nonce);
  assert.equal(changes.take()[0].nonce, command.nonce);
  changes.edit("board", 1, "best");
  changes.refused(command.nonce, { code: "forbidden" });
  assert.equal(changes.over("board").get(1).edit.text, "best");
  changes.discard(changes.over("board").get(1).edit.nonce);
  assert.equal(changes.over("board").size, 0);
});

test("edits and deletions outlive a reload, in order, until they are stored or given up", () => {
  const store = memoryStore();
  const open = (person = "1") => new Changes({ store, person });
  const changes = open();
  changes.edit("board", 1, "bettr");
  changes.take();
  changes.edit("board", 1, "better");
  changes.remove("board", 2);
  changes.react("board", 1, "👍", true);
  changes.edit("board", 3, "dropped");
  changes.discard(changes.over("board").get(3).edit.nonce);
  const [first, gone] = open().take();
  assert.deepEqual([first.text, gone.type, gone.seq], ["bettr", "delete", 2]);
  assert.deepEqual(open("2").take(), []);
  const again = open();
  const text = () => again.over("board").get(1)?.edit.text;
  assert.deepEqual([text(), again.over("board").get(2).gone], ["better", true]);
  assert.equal(again.over("board").get(1).reacted, null);
  again.take();
  again.acked(first.nonce, 7);
  again.acked(gone.nonce, 8);
  const [last] = again.take();
  assert.equal(last.text, "better");
  assert.deepEqual(open().take(), [last]);
  again.arrived("board", { seq: 1, change: 9, deleted: true });
  assert.equal(store.length, 0);
});

test("a refused edit is there after a reload, with its text and the reason", () => {
  const store = memoryStore();
  const changes = new Changes({ store });
  changes.edit("board", 1, "better");
  changes.refused(changes.take()[0].nonce, { code: "forbidden", detail: "too late" });
  const again = new Changes({ store });
  const { edit } = again.over("board").get(1);
  assert.deepEqual([edit.status, edit.reason, edit.text], ["failed", "too late", "better"]);
  assert.deepEqual(again.take(), []);
  again.retry(edit.nonce);
  assert.equal(new Changes({ store }).take()[0].text, "better");
  again.discard(edit.nonce);
  assert.equal(store.length, 0);
});

test("what another window has stored or given up is not sent again from this one", () => {
  const store = memoryStore();
  const one = new Changes({ store });
  one.edit("board", 1, "first");
  const two = new Changes({ store });
  one.acked(one.take()[0].nonce, 5);
  one.edit("board", 1, "second");
  assert.deepEqual(two.take(), []);
  assert.equal(two.over("board").size, 0);
  assert.equal(one.take()[0].text, "second");
});

test("a full or broken store stops no change", () => {
  const store = memoryStore();
  store.setItem("madang.change..x", "{");
  store.setItem("madang.change..y", '{"nonce":"y","room":"a","seq":1,"kind":"edit"}');
  store.setItem = () => {
    throw new Error("full");
  };
  const changes = new Changes({ store });
  changes.edit("board", 1, "better");
  assert.deepEqual(changes.take().map((command) => command.text), ["better"]);
});

test("a message that is being deleted has no row, and one that was refused has it again", () => {
  const changes = new Changes();
  const rows = () => buildRows({
    rows: [said(1), said(2)], pending: [], me: ANN, newAfter: null, dayOf: () => "x",
    over: changes.over("board"),
  }).filter((row) => row.kind === "message").map((row) => row.said.seq);
  changes.remove("board", 2);
  assert.deepEqual(rows(), [1]);
  const [command] = changes.take();
  assert.equal(changes.refused(command.nonce, { code: "forbidden", detail: "no" }).kind, "delete");
  assert.deepEqual(rows(), [1, 2]);
});

test("mine is told from the people, and from what is known where not all are named", () => {
  const many = Array.from({ length: 20 }, (_, at) => String(100 + at));
  const state = said(1, { reactions: [
    { emoji: "👍", count: 2, people: ["1", "2"] },
    { emoji: "🔥", count: 30, people: many },
    { emoji: "😂", count: 1, people: ["1"] },
  ] });
  assert.deepEqual(look(chips(state, "2", ["🔥", "😂"])), ["👍2!", "🔥30!", "😂1"]);
  assert.deepEqual(look(chips(state, "1", [], new Map([["😂", false], ["🙏", true]]))), ["👍2!", "🔥30", "🙏1!"]);
});

test("the emoji used last come first, each once", () => {
  const store = memoryStore();
  for (const emoji of ["👍", "🔥", "👍", "❤️"]) used(store, emoji);
  assert.deepEqual(recent(store), ["❤️", "👍", "🔥"]);
});

test("who writes is believed for five seconds, and who has spoken no longer writes", () => {
  const clock = new FakeClock();
  let changed = 0;
  const typists = new Typists(clock, () => (changed += 1));
  assert.equal(typists.heard(ANN, true), true);
  clock.pass(3_000);
  typists.heard(MINSU, true);
  assert.deepEqual(typists.people.map(({ name }) => name), ["Ann", "민수"]);
  clock.pass(2_500);
  assert.deepEqual(typists.people, [MINSU]);
  assert.equal(changed, 1);
  assert.equal(typists.heard(MINSU, false), true);
  assert.equal(typists.heard(MINSU, false), false);
});

test("that one writes is told every three seconds at most, and its end once", () => {
  const clock = new FakeClock();
  const sent = [];
  const signal = new TypingSignal((room, on) => sent.push(`${room} ${on}`), clock.now);
  for (let key = 0; key < 40; key += 1) {
    signal.typed("a");
    clock.pass(100);
  }
  signal.stop();
  signal.stop();
  signal.typed("b");
  signal.typed("c");
  assert.deepEqual(sent, ["a true", "a true", "a false", "b true", "b false", "c true"]);
});

test("an edit puts the draft aside and gives it back", () => {
  const writing = new Writing();
  const own = said(4, { text: "as it was" });
  assert.equal(writing.edit("a", own, "half a thought"), "as it was");
  assert.equal(writing.mode("b").kind, "new");
  assert.equal(writing.hold("a", "as it is"), true);
  assert.equal(writing.held("a"), "as it is");
  assert.equal(writing.edit("a", said(5, { text: "other" }), "as it is"), "other");
  assert.equal(writing.cancel("a"), "half a thought");
  assert.equal(writing.cancel("a"), null);
  assert.equal(writing.hold("a", "x"), false);
});

test("answering in the middle of an edit brings the draft back, and a lost source loses nothing", () => {
  const writing = new Writing();
  writing.edit("a", said(4), "draft");
  assert.equal(writing.reply("a", said(3), "edited"), "draft");
  assert.equal(writing.mode("a").kind, "reply");
  assert.equal(writing.lost("a"), null);
  writing.edit("a", said(4), "draft");
  writing.hold("a", "edited");
  assert.equal(writing.lost("a"), "edited\ndraft");
  assert.equal(writing.mode("a").kind, "new");
});

test("an edit outlives a reload, each of its own message, until it is saved or given up", () => {
  const drafts = new Drafts(memoryStore(), "1");
  const at = (seq) => (seq === 9 ? { ...said(9), deleted: true } : seq < 9 ? said(seq) : undefined);
  const writing = new Writing(drafts);
  assert.equal(writing.edit("board", said(3), "a draft"), "text 3");
  writing.hold("board", "text 3, mended");
  assert.equal(writing.edit("board", said(4), ""), "text 4");
  writing.hold("board", "text 4");
  const reloaded = new Writing(drafts);
  assert.equal(reloaded.resume("garden", at, ""), null);
  assert.equal(reloaded.resume("board", () => undefined, "a draft"), null);
  assert.equal(reloaded.resume("board", at, "a draft"), "text 3, mended");
  assert.equal(reloaded.mode("board").said.seq, 3);
  assert.equal(reloaded.cancel("board"), "a draft");
  assert.equal(new Writing(drafts).resume("board", at, ""), null);
  drafts.set("board.9", "of one that is gone");
  assert.equal(new Writing(drafts).resume("board", at, ""), null);
  drafts.set("board.5", "five");
  const typed = new Writing(drafts);
  typed.hold("board", "something new");
  assert.equal(typed.resume("board", at, "something new"), null);
});

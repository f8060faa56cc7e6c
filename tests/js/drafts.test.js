import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Drafts } from "../../chat/static/chat/js/drafts.js";
import { Writing } from "../../chat/static/chat/js/writing.js";
import { memoryStore, said } from "./make.js";

let store;
const tab = () => new Drafts(store, "1");
const kept = (room) => tab().get(room);

beforeEach(() => {
  store = memoryStore();
});

test("a field that nobody touched writes nothing over what another tab wrote", () => {
  tab().set("a", "old");
  const [one, two] = [tab(), tab()];
  assert.deepEqual([one.get("a"), two.get("a"), two.get("b")], ["old", "old", ""]);
  one.set("a", "old and new");
  one.set("b", "begun");
  two.set("a", "old");
  two.set("b", "");
  assert.deepEqual([kept("a"), kept("b")], ["old and new", "begun"]);
  two.set("a", "mine");
  assert.equal(kept("a"), "mine");
});

test("what another tab wrote is taken over where nothing was typed, and only there", () => {
  const [one, two] = [tab(), tab()];
  two.get("a");
  one.set("a", "from there");
  assert.equal(two.news("a", "something of one's own"), null);
  assert.equal(two.news("a", "  "), "from there");
  assert.equal(two.news("a", "from there"), null);
  one.set("a", "");
  assert.equal(two.news("a", "from there"), "");
  assert.equal(two.news("never read", ""), null);
});

test("a draft that found no room is written as soon as there is some", () => {
  const drafts = tab();
  const { setItem } = store;
  store.setItem = () => {
    throw new Error("full");
  };
  drafts.set("a", "half");
  store.setItem = setItem;
  drafts.set("a", "half");
  assert.equal(kept("a"), "half");
});

test("an edit follows another tab's while it is untouched, and is over when that is", () => {
  const [one, two] = [tab(), tab()];
  const [here, there] = [new Writing(one), new Writing(two)];
  const own = said(3, { text: "as it was" });
  one.set("a", two.get("a") || "a draft");
  there.edit("a", own, two.get("a"));
  here.edit("a", own, "a draft");
  here.hold("a", "as it is");
  assert.equal(there.elsewhere("a", "as it was, typed on"), null);
  assert.equal(there.elsewhere("a", "as it was"), "as it is");
  assert.equal(there.held("a"), "as it is");
  here.cancel("a");
  one.set("a", "another draft");
  assert.equal(there.elsewhere("a", "as it is"), "another draft");
  assert.equal(there.mode("a").kind, "new");
  one.set("a", "");
  assert.equal(there.elsewhere("a", "another draft"), "");
});

test("an edit that is left untouched does not take back what another tab has written", () => {
  const own = said(3, { text: "as it was" });
  const [here, there] = [new Writing(tab()), new Writing(tab())];
  there.edit("board", own, "");
  here.edit("board", own, "");
  here.hold("board", "as it is");
  there.hold("board", "as it was");
  there.cancel("board");
  assert.equal(kept("board.3"), "as it is");
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { beginning, pieces, Search } from "../../chat/static/chat/js/search.js";
import { sayer } from "../../chat/static/chat/js/strings.js";
import { SEARCH } from "../../chat/static/chat/js/strings/search.js";
import { FakeClock } from "./clock.js";

const forms = (words) => (typeof words === "string" ? [words] : Object.values(words));
const holes = (words) => [...new Set(forms(words).join().match(/\{\w+\}/g) ?? [])].sort();
const hit = (seq) => ({ room: "board", title: "마당", message: { seq }, ranges: [] });

/** A server whose answers the test gives, in any order. */
function made() {
  const clock = new FakeClock();
  const asked = [];
  const phases = [];
  const search = new Search({
    ask: (question, signal) =>
      new Promise((give, refuse) => asked.push({ question, signal, give, refuse })),
    changed: () => phases.push(search.phase),
    clock,
  });
  return { clock, asked, phases, search };
}

const settled = () => new Promise((go) => setImmediate(go));
const page = (seqs, next = null) => ({ hits: seqs.map(hit), more: next !== null, next, partial: false });
const seqs = (search) => search.hits.map(({ message }) => message.seq);

test("it asks once typing pauses, and only for the last text", () => {
  const { clock, asked, search } = made();
  for (const q of ["회", "회의", "회의를"]) {
    search.type({ q });
    clock.pass(100);
  }
  assert.equal(asked.length, 0);
  clock.pass(200);
  assert.deepEqual(asked.map(({ question }) => question.q), ["회의를"]);
});

test("one Enter, or two, after the pause ask nothing more", async () => {
  const { clock, asked, search } = made();
  search.type({ q: "회의" });
  search.now({ q: "회의" });
  search.now({ q: "회의" });
  clock.pass(1000);
  asked[0].give(page([1]));
  await settled();
  search.now({ q: "회의" });
  assert.equal(asked.length, 1);
});

test("a question that a later one, or closing, makes idle is called off", async () => {
  const { asked, search } = made();
  search.now({ q: "회" });
  search.now({ q: "회의" });
  assert.deepEqual(asked.map(({ signal }) => signal.aborted), [true, false]);
  asked[1].give(page([2], "board.2"));
  await settled();
  search.more();
  search.stop();
  assert.equal(asked[2].signal.aborted, true);
  asked[2].refuse(new Error("called off"));
  await settled();
  assert.equal(search.phase, "idle");
});

test("an answer that comes after a later question is dropped", async () => {
  const { asked, search } = made();
  search.now({ q: "회" });
  search.now({ q: "회의" });
  asked[1].give(page([2]));
  await settled();
  asked[0].give(page([1]));
  await settled();
  assert.deepEqual(seqs(search), [2]);
  assert.equal(search.phase, "done");
});

test("what was found stays in view until the next answer is there", async () => {
  const { asked, search } = made();
  search.now({ q: "회" });
  asked[0].give(page([1, 2]));
  await settled();
  search.now({ q: "회의" });
  assert.deepEqual([seqs(search), search.phase], [[1, 2], "loading"]);
  asked[1].give(page([]));
  await settled();
  assert.deepEqual([seqs(search), search.phase], [[], "done"]);
});

test("pages follow each other, and a failed one can be tried again", async () => {
  const { asked, search } = made();
  search.now({ q: "회의", room: "7" });
  asked[0].give(page([9, 8], "7.8"));
  await settled();
  search.more();
  search.more();
  assert.deepEqual(asked[1].question, { q: "회의", room: "7", before: "7.8" });
  asked[1].refuse(new Error("offline"));
  await settled();
  assert.deepEqual([seqs(search), search.phase], [[9, 8], "failed"]);
  search.retry();
  asked[2].give(page([5]));
  await settled();
  assert.deepEqual([seqs(search), search.phase], [[9, 8, 5], "done"]);
  search.more();
  assert.equal(asked.length, 3);
});

test("an emptied field and a closed panel forget what was found", async () => {
  const { asked, search } = made();
  search.now({ q: "회의" });
  search.now({ q: "" });
  asked[0].give(page([1]));
  await settled();
  assert.deepEqual([seqs(search), search.phase], [[], "idle"]);
  search.now({ q: "회의" });
  search.stop();
  search.now({ q: "회의" });
  assert.equal(asked.length, 3);
});

test("a hit is shown around the first place, counted as people count", () => {
  const show = (text, ranges) =>
    pieces(text, ranges).map(({ text: part, hit: marked }) => (marked ? `[${part}]` : part)).join("");
  assert.equal(show("오늘 회의를\n하자", [[3, 5]]), "오늘 [회의]를 하자");
  assert.equal(show("🍂🍂 회의", [[3, 5]]), "🍂🍂 [회의]");
  assert.equal(show("회의", []), "회의");
  const long = `${"가나다 ".repeat(100)}회의${" 라마바".repeat(100)}`;
  const shown = show(long, [[400, 402]]);
  assert.match(shown, /^…\u2060가나다.{10,50}\[회의\] 라마바.*…$/u);
  assert.ok(shown.length < 260);
  assert.equal(show("가".repeat(300), [[0, 300]]).replace(/가+/, "…"), "[…]…");
});

test("days begin where the reader is", () => {
  assert.equal(beginning("2026-03-01"), new Date(2026, 2, 1).toISOString());
  assert.equal(beginning("2026-02-28", 1), new Date(2026, 2, 1).toISOString());
  assert.equal(beginning(""), undefined);
  assert.equal(beginning("soon"), undefined);
});

test("the search speaks both languages", () => {
  const { en, ko } = SEARCH;
  assert.deepEqual(Object.keys(ko).sort(), Object.keys(en).sort());
  for (const key of Object.keys(en)) {
    assert.deepEqual(holes(ko[key]), holes(en[key]), key);
    for (const form of forms(ko[key])) {
      assert.doesNotMatch(form, /\}(은|는|이|가|을|를|와|과|으로|로|아|야)(?=[\s.,!?]|$)/, key);
      assert.doesNotMatch(form.replace(/\{\w+\}/g, ""), /[a-z]/i, key);
    }
  }
  const base = new URL("../../chat/static/chat/js/elements/", import.meta.url);
  const source = ["panel", "parts"].map((part) => readFileSync(new URL(`search-${part}.js`, base), "utf8"));
  const named = new Set(source.join().match(/(?<=")search\.[a-z_]+(?=")/g));
  assert.deepEqual([...named].sort(), Object.keys(en).sort());
  assert.equal(sayer("fr", SEARCH)("search.found", { count: 1 }), "1 message");
});

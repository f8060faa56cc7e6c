import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRows } from "../../chat/static/chat/js/rows.js";
import { Span } from "../../chat/static/chat/js/span.js";
import { times } from "../../chat/static/chat/js/time.js";
import { ANN, MINSU, range, said } from "./make.js";

const seoul = times("ko", { zone: () => "Asia/Seoul", now: () => Date.parse("2026-11-23T08:00:00Z") });

function build(rows, fields = {}) {
  const base = { rows, pending: [], me: MINSU, newAfter: null, dayOf: seoul.dayKey };
  return buildRows({ ...base, ...fields });
}

const at = (time) => ({ at: `2026-11-${time}.000Z` });
const shape = (rows) => rows.map((row) => (row.kind === "message" ? row.said.seq : row.kind));
const firsts = (rows) => rows.filter((row) => row.first).map((row) => row.said.seq);

test("days part where the reader's zone has midnight", () => {
  const rows = build([said(1, at("23T14:59:00")), said(2, at("23T15:01:00"))]);
  assert.deepEqual(shape(rows), ["day", 1, "day", 2]);
  assert.deepEqual(firsts(rows), [1, 2]);
});

test("one author's messages within five minutes make a run", () => {
  const rows = build([
    said(1, at("23T05:00:00")),
    said(2, at("23T05:04:59")),
    said(3, at("23T05:10:00")),
    said(4, { ...at("23T05:10:01"), author: MINSU }),
    said(5, { ...at("23T05:10:02"), author: { ...ANN, name: "Anna" } }),
  ]);
  assert.deepEqual(firsts(rows), [1, 3, 4, 5]);
  assert.deepEqual(rows.filter((row) => row.last).map((row) => row.said.seq), [2, 3, 4, 5]);
});

test("the new line stands before the first message of others and breaks a run", () => {
  const rows = build([said(1), said(2, { author: MINSU }), said(3), said(4)], { newAfter: 1 });
  assert.deepEqual(shape(rows), ["day", 1, 2, "new", 3, 4]);
  assert.deepEqual(shape(build(range(1, 2), { newAfter: 2 })), ["day", 1, 2]);
});

test("one's own row keeps its key from writing to stored", () => {
  const entry = { room: "board", nonce: "abc", text: "hi", at: said(2).at, status: "sending", seq: null };
  const before = build([said(1)], { pending: [entry] });
  const after = build([said(1), said(2, { author: MINSU, nonce: "abc", text: "hi" })]);
  assert.equal(before.at(-1).key, after.at(-1).key);
  assert.equal(before.at(-1).mine, true);
});

test("the span stays bounded going up and down, and nothing is lost on the way", () => {
  const rows = range(1, 2000);
  const span = new Span(844);
  assert.equal(span.of(rows).length, 50);
  const seen = new Set();
  while (span.hidesOlder(rows)) {
    span.older(rows);
    assert.ok(span.of(rows).length <= 100);
    for (const row of span.of(rows)) seen.add(row.seq);
  }
  assert.equal(seen.size, 2000);
  assert.equal(span.following, false);
  assert.ok(span.hiddenBelow(rows) > 0);
  while (!span.following) span.newer(rows);
  assert.equal(span.of(rows).at(-1).seq, 2000);
  assert.ok(span.of(rows).length <= 100);
});

test("arrivals neither move who reads above nor pile up for who reads the end", () => {
  const rows = range(1, 100);
  const end = new Span(844);
  const above = new Span(844);
  end.of(rows);
  above.of(rows);
  const top = above.of(rows)[0].seq;
  for (let seq = 101; seq <= 1500; seq += 1) {
    rows.push(said(seq));
    end.grown(rows, true);
    above.grown(rows, false);
  }
  assert.equal(end.of(rows).at(-1).seq, 1500);
  assert.ok(end.of(rows).length <= 75);
  assert.equal(above.of(rows)[0].seq, top);
  assert.ok(above.of(rows).length <= 125);
});

test("a view of any height holds what fills it, its edges and a step, without letting go of them", () => {
  for (const high of [320, 844, 1080, 1440, 2160, 3840]) {
    const rows = range(1, 2000);
    const span = new Span(high);
    while (span.hidesOlder(rows)) span.older(rows);
    assert.ok(span.of(rows).length * 26 >= high + 2 * 600 + 12 * 26, `${high} px`);
  }
});

test("times speak the reader's language", () => {
  assert.equal(seoul.clock("2026-11-23T08:12:00Z"), "오후 5:12");
  assert.equal(seoul.day("2026-11-23T08:12:00Z"), "11월 23일 월요일");
  assert.match(seoul.day("2025-01-01T08:12:00Z"), /2025년/);
  const london = times("en", { zone: () => "Europe/London", now: () => Date.parse("2026-11-24T08:00:00Z") });
  assert.equal(london.short("2026-11-23T08:12:00Z"), "Nov 23");
});

test("the first row drawn looks as if those above it were drawn too", () => {
  const whole = build(range(1, 4));
  const part = build(range(3, 4), { above: said(2) });
  assert.deepEqual(part, whole.slice(-2));
  assert.deepEqual(shape(build([said(3, at("24T05:00:00"))], { above: said(2) })), ["day", 3]);
});

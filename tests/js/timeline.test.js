import assert from "node:assert/strict";
import { test } from "node:test";
import { Timeline } from "../../chat/static/chat/js/timeline.js";
import { gone, range, said } from "./make.js";

function live(to = 3) {
  const timeline = new Timeline();
  timeline.load({ messages: range(1, to), head: to, epoch: "e" });
  timeline.begin("e");
  timeline.receive({ type: "subscribed", room: "board", head: to });
  return timeline;
}

const seqs = (timeline) => timeline.rows.map((row) => row.seq);
const texts = (timeline) => timeline.rows.map((row) => row.text);

test("a subscription goes on after the page that came with the document", () => {
  const timeline = new Timeline();
  assert.equal(timeline.cursor, null);
  timeline.load({ messages: range(1, 3), head: 7, epoch: "e" });
  assert.deepEqual(timeline.cursor, { after: 7, epoch: "e" });
});

test("consecutive numbers are taken, a jump asks for another subscription", () => {
  const timeline = live(3);
  assert.equal(timeline.receive(said(4)), "merged");
  assert.equal(timeline.receive(said(6)), "jump");
  assert.deepEqual(seqs(timeline), [1, 2, 3, 4]);
  assert.equal(timeline.cursor.after, 4);
  timeline.begin("e");
  timeline.receive(said(5));
  timeline.receive(said(6));
  timeline.receive({ type: "subscribed", head: 6 });
  assert.equal(timeline.receive(said(7)), "merged");
  assert.deepEqual(seqs(timeline), [1, 2, 3, 4, 5, 6, 7]);
});

test("skip and room count like messages", () => {
  const timeline = live(3);
  assert.equal(timeline.receive({ type: "skip", to: 9 }), "merged");
  assert.equal(timeline.receive({ type: "room", change: 10, title: "x" }), "merged");
  assert.equal(timeline.receive(said(11)), "merged");
  assert.equal(timeline.receive(said(11)), "repeat");
});

test("an interrupted backlog does not move the cursor", () => {
  const timeline = live(3);
  timeline.end();
  timeline.begin("e");
  timeline.receive(said(8));
  timeline.end();
  assert.equal(timeline.cursor.after, 3);
});

test("the higher change wins, whichever comes first", () => {
  const timeline = live(3);
  timeline.begin("e");
  timeline.receive(said(2, { change: 9, text: "newest" }));
  timeline.receive(said(2, { change: 5, text: "older" }));
  assert.deepEqual(texts(timeline), ["text 1", "newest", "text 3"]);
  timeline.receive(gone(2, 12));
  timeline.receive(said(2, { change: 9, text: "newest" }));
  assert.deepEqual(seqs(timeline), [1, 3]);
});

test("a change below what is loaded waits for its history and wins over it", () => {
  const timeline = new Timeline();
  timeline.load({ messages: range(51, 100), head: 100, epoch: "e", more: true });
  timeline.begin("e");
  timeline.receive({ type: "subscribed", head: 100 });
  timeline.receive(said(10, { change: 101, text: "edited" }));
  timeline.receive(gone(11, 102));
  assert.equal(timeline.rows[0].seq, 51);
  timeline.addOlder({ messages: range(1, 50), more: false });
  assert.equal(timeline.rows.length, 99);
  assert.equal(timeline.rows[9].text, "edited");
  assert.equal(timeline.more, false);
});

test("reset forgets everything, then the last page follows", () => {
  const timeline = live(3);
  timeline.end();
  timeline.begin("e");
  timeline.receive({ type: "reset", room: "board" });
  assert.deepEqual(seqs(timeline), []);
  for (const state of range(2001, 2050)) timeline.receive(state);
  timeline.receive({ type: "subscribed", head: 2050 });
  assert.equal(timeline.low, 2001);
  assert.equal(timeline.more, true);
  assert.equal(timeline.receive(said(2051)), "merged");
});

test("an empty room is complete and takes the first message", () => {
  const timeline = new Timeline();
  timeline.begin("e");
  timeline.receive({ type: "subscribed", head: 0 });
  assert.equal(timeline.more, false);
  assert.equal(timeline.receive(said(1)), "merged");
  assert.deepEqual(seqs(timeline), [1]);
});

test("what lies at or below the floor is dropped", () => {
  const timeline = live(3);
  timeline.receive({ type: "room", change: 4, floor: 2 });
  assert.deepEqual(seqs(timeline), [3]);
  assert.equal(timeline.more, false);
});

test("a quote follows its source through edit and deletion", () => {
  const timeline = live(2);
  const reply = said(3, { reply_to: { seq: 1, author: said(1).author, text: "text 1" } });
  timeline.receive(reply);
  timeline.receive(said(1, { change: 4, text: "a  new\ntext" }));
  assert.equal(timeline.quote(reply).text, "a new text");
  timeline.receive(gone(1, 5));
  assert.equal(timeline.quote(reply).text, null);
});

test("a resumed view equals a fresh one", () => {
  const pick = seeded(7);
  for (let round = 0; round < 200; round += 1) {
    const server = new Map();
    const log = [];
    const change = () => {
      const head = log.length + 1;
      const known = [...server.values()].filter((state) => !state.deleted);
      const kind = known.length ? pick(4) : 0;
      const target = known[pick(known.length || 1)];
      let state = said(head, { text: `t${head}` });
      if (kind === 1) state = { ...target, change: head, text: `e${head}` };
      if (kind === 2) state = gone(target.seq, head);
      server.set(state.seq, state);
      log.push(state);
    };
    for (let at = 0; at < 10; at += 1) change();
    const resumed = new Timeline();
    subscribe(resumed, server, log.length);
    for (let at = 0; at < 30; at += 1) {
      change();
      // Now and then the line is down, and what changed comes as a backlog.
      if (pick(5) > 0 && resumed.live) resumed.receive(log.at(-1));
      else if (resumed.live) resumed.end();
      else if (pick(2)) subscribe(resumed, server, log.length);
    }
    subscribe(resumed, server, log.length);
    const fresh = new Timeline();
    subscribe(fresh, server, log.length);
    assert.deepEqual(resumed.rows, fresh.rows);
  }
});

function subscribe(timeline, server, head) {
  timeline.end();
  timeline.begin("e");
  const after = timeline.cursor?.after ?? 0;
  const states = [...server.values()].filter((state) => state.change > after);
  for (const state of states.sort((a, b) => a.change - b.change)) timeline.receive(state);
  timeline.receive({ type: "subscribed", head });
}

function seeded(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

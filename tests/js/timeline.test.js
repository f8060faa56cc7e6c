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

test("a first page that was cut short has more before it, a short one that is whole has not", () => {
  for (const more of [undefined, true]) {
    const timeline = new Timeline();
    timeline.begin("e");
    for (const state of range(31, 50)) timeline.receive(state);
    timeline.receive({ type: "subscribed", head: 50, more });
    assert.equal(timeline.more, more === true);
  }
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

const crowd = (from, count = 25) => ({
  emoji: "👍", count, people: Array.from({ length: Math.min(20, count) }, (_, at) => String(from + at)),
});

test("my own reactions are known by the latest word, whichever way it came", () => {
  const timeline = new Timeline();
  const mine = (seq) => timeline.mine.get(seq) ?? [];
  const states = [1, 2].map((seq) => said(seq, { reactions: [crowd(100)] }));
  timeline.load({ messages: states, head: 2, epoch: "e", mine: { 1: ["👍"] } });
  timeline.begin("e");
  timeline.receive(said(1, { change: 3, reactions: [crowd(100, 24)] }));
  assert.deepEqual(mine(1), ["👍"], "the backlog is not complete");
  timeline.receive({ type: "subscribed", head: 3, mine: {} });
  assert.deepEqual(mine(1), [], "taken back elsewhere while this window was away");

  timeline.receive({ type: "reacted", seq: 1, change: 4, mine: ["👍"] });
  timeline.receive(said(1, { change: 4, reactions: [crowd(100)] }));
  assert.deepEqual(mine(1), ["👍"]);
  timeline.receive({ type: "reacted", seq: 1, change: 2, mine: [] });
  timeline.mergeAll({ messages: [states[0]], more: true, mine: {} });
  assert.deepEqual(mine(1), ["👍"], "older words change nothing");
  timeline.receive(said(1, { change: 5, reactions: [crowd(100, 26)] }));
  assert.deepEqual(mine(1), ["👍"], "of others' reactions neither");
  timeline.receive(said(1, { change: 6, reactions: [crowd(100, 20)] }));
  timeline.receive(said(1, { change: 7, reactions: [crowd(200, 30)] }));
  assert.deepEqual(mine(1), [], "once everybody was named, that said it all");
});

test("history tells my reactions where not all who reacted are named", () => {
  const timeline = live(3);
  timeline.addOlder({ messages: [said(0, { reactions: [crowd(100)] })], more: false, mine: { 0: ["👍"] } });
  assert.deepEqual(timeline.mine.get(0), ["👍"]);
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
  const html = '<p>a <strong>b</strong>c &lt;p&gt; &amp;amp;</p>\n<ul><li><a href="http://d/">d</a></li></ul>';
  timeline.receive(said(1, { change: 5, text: "a **b**c <p> &amp;\n- d", html }));
  assert.equal(timeline.quote(reply).text, "a bc <p> &amp; d");
  timeline.receive(gone(1, 6));
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

/** A page around a seq as the server would give it. */
function around(all, seq, limit) {
  const half = Math.floor(limit / 2);
  const below = all.filter((state) => state.seq <= seq);
  const above = all.filter((state) => state.seq > seq);
  const messages = [...below.slice(-half), ...above.slice(0, limit - half)];
  return { messages, more: below.length > half, head: all.at(-1).seq };
}

test("who reads far up reads apart from the newest until the two meet", () => {
  const all = range(1, 1000);
  const timeline = new Timeline();
  timeline.load({ messages: all.slice(-50), head: 1000, epoch: "e", more: true });
  timeline.begin("e");
  timeline.receive({ type: "subscribed", head: 1000 });
  timeline.openAround(500, around(all, 500, 100), 100);
  assert.equal(timeline.detached, true);
  assert.deepEqual([timeline.view.rows[0].seq, timeline.view.rows.at(-1).seq], [451, 550]);
  // Live ones go to the live side; changes of what one reads are seen there.
  timeline.receive(said(1001));
  timeline.receive(said(480, { change: 1002, text: "edited" }));
  timeline.receive(gone(481, 1003));
  timeline.receive(gone(300, 1004));
  assert.equal(timeline.rows.at(-1).seq, 1001);
  assert.equal(timeline.view.rows.length, 99);
  assert.equal(timeline.view.rows.find((row) => row.seq === 480).text, "edited");
  while (timeline.view.from > 1) {
    const below = all.filter((state) => state.seq < timeline.view.from);
    timeline.addOlder({ messages: below.slice(-50), more: below.length > 50 });
  }
  assert.equal(timeline.view.older, false);
  assert.equal(timeline.view.rows.some((row) => row.seq === 300), false);
  for (let steps = 0; timeline.detached; steps += 1) {
    assert.ok(steps < 20);
    assert.equal(timeline.addNewer(around(all, timeline.view.to, 100), 100), true);
  }
  assert.equal(timeline.rows.length, 1001 - 2);
  assert.equal(timeline.more, false);
});

test("a page around that holds fewer than were asked for is not taken for the end", () => {
  const all = range(1, 1000);
  const short = (seq) => {
    const page = around(all, seq, 100);
    const messages = page.messages.filter((state) => state.seq > seq - 4 && state.seq <= seq + 3);
    return { ...page, messages, more: true, newer: messages.at(-1).seq < 1000 };
  };
  const timeline = new Timeline();
  timeline.load({ messages: all.slice(-50), head: 1000, epoch: "e", more: true });
  timeline.openAround(930, short(930), 100);
  assert.deepEqual([timeline.view.from, timeline.view.to], [927, 933]);
  while (timeline.detached) assert.equal(timeline.addNewer(short(timeline.view.to), 100), true);
  assert.deepEqual(timeline.view.rows.map((row) => row.seq), range(927, 1000).map((s) => s.seq));
});

test("the end of a room that is not known yet is found by its page", () => {
  const all = range(1, 30);
  const timeline = new Timeline();
  timeline.begin("e");
  timeline.openAround(20, around(all, 20, 100), 100);
  assert.equal(timeline.detached, true);
  timeline.receive(said(31));
  timeline.receive({ type: "subscribed", head: 31 });
  assert.equal(timeline.detached, false);
  assert.deepEqual(seqs(timeline), range(1, 31).map((state) => state.seq));
});

test("leaving the place apart lets go of it", () => {
  const all = range(1, 500);
  const timeline = new Timeline();
  timeline.load({ messages: all.slice(-50), head: 500, epoch: "e", more: true });
  timeline.openAround(100, around(all, 100, 100), 100);
  timeline.attach();
  assert.equal(timeline.at(100), undefined);
  assert.deepEqual(timeline.view.rows, timeline.rows);
  assert.equal(timeline.rows.length, 50);
});

test("very many rows are let go, but not those that somebody reads", () => {
  const timeline = live(3);
  for (let seq = 4; seq <= 20_000; seq += 1) {
    timeline.receive(said(seq));
    timeline.slim(2, 3);
  }
  assert.ok(timeline.rows.length <= 6_001);
  assert.deepEqual(timeline.view.rows.map((row) => row.seq), [2, 3]);
  timeline.attach();
  assert.equal(timeline.view.rows.at(-1).seq, 20_000);
  assert.equal(timeline.view.older, true);
  const end = live(3);
  for (let seq = 4; seq <= 20_000; seq += 1) {
    end.receive(said(seq));
    end.slim(Math.max(1, seq - 300), seq);
  }
  assert.equal(end.detached, false);
  assert.ok(end.rows.length <= 6_001);
});

test("events without a number of this feed move nothing", () => {
  const timeline = live(3);
  assert.equal(timeline.receive({ type: "presence", room: "board", count: 2 }), "repeat");
  assert.equal(timeline.receive({ type: "something new", room: "board" }), "repeat");
  assert.equal(timeline.cursor.after, 3);
});

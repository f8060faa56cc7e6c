/** Feeds recorded frames of a real server to the page's timeline: run as `node law.js FILE`. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { buildRows } from "../../chat/static/chat/js/rows.js";
import { Timeline } from "../../chat/static/chat/js/timeline.js";

const sequences = JSON.parse(readFileSync(process.argv[2], "utf8"));

/** What a page draws of it, without what no one sees. */
function shown(timeline, me) {
  const rows = buildRows({
    rows: timeline.rows,
    pending: [],
    me,
    newAfter: null,
    dayOf: (at) => at.slice(0, 10),
    quote: (said) => timeline.quote(said),
    mine: timeline.mine,
  });
  return rows.map((row) => {
    if (row.kind !== "message") return row;
    const { reply_to: _quote, type: _type, room: _room, ...said } = row.said;
    return { ...row, said };
  });
}

function start(timeline, { page, head, epoch, mine }) {
  timeline.load({ messages: page, head, epoch, mine });
}

function follow(timeline, epoch, events) {
  timeline.begin(epoch);
  for (const event of events) assert.notEqual(timeline.receive(event), "jump");
  timeline.end();
}

const counts = { sequences: 0, steps: 0, events: 0, rows: 0 };
for (const { me, room, steps, boot, fresh, history } of sequences) {
  const resumed = new Timeline();
  let was = null;
  for (const step of steps) {
    if (step.boot) start(resumed, step.boot);
    // A page that was asked for before all this happened; after a reset nobody wants it any more.
    else if (step.late) {
      if (resumed.loaded && !was?.events.some(({ type }) => type === "reset")) resumed.addOlder(step.late);
    } else {
      assert.equal(resumed.cursor?.after ?? null, step.after, `room ${room}: where to go on`);
      follow(resumed, history.epoch, step.events);
    }
    was = step;
    counts.steps += 1;
    counts.events += step.events.length;
  }
  const bare = new Timeline();
  follow(bare, history.epoch, fresh);
  const wanted = shown(bare, me);
  if (boot) {
    const page = new Timeline();
    start(page, boot);
    assert.deepEqual(shown(page, me), wanted, `room ${room}: by page and by socket`);
  }
  assert.deepEqual(shown(resumed, me), wanted, `room ${room}: resumed and fresh`);
  for (const timeline of [resumed, bare]) timeline.addOlder(history);
  assert.deepEqual(shown(resumed, me), shown(bare, me), `room ${room}: with its history`);
  counts.sequences += 1;
  counts.rows += wanted.length;
}
console.log(JSON.stringify(counts));

import assert from "node:assert/strict";
import { test } from "node:test";
import { followTime, times } from "../../chat/static/chat/js/time.js";
import { FakeClock } from "./clock.js";

const EVENING = "2026-11-23T13:34:00.000Z";
const HOUR_MS = 60 * 60_000;

/** Times in a zone that the test changes, by a clock that it moves. */
function made(start, lang = "ko") {
  const clock = new FakeClock();
  clock.time = Date.parse(start);
  const place = { zone: "Asia/Seoul" };
  const told = times(lang, { zone: () => place.zone, now: clock.now });
  return { clock, place, told };
}

/** The same, followed as a page follows them; how often it had to draw anew. */
function followed(start) {
  const parts = made(start);
  const tab = new EventTarget();
  const hands = new EventTarget();
  const stop = new AbortController();
  const seen = { drawn: 0 };
  const { signal } = stop;
  followTime(parts.told, () => (seen.drawn += 1), { tab, hands, signal, clock: parts.clock });
  return { ...parts, tab, hands, stop, seen };
}

test("yesterday's message has its date from midnight on, at the minute", () => {
  const { clock, told, seen } = followed("2026-11-23T14:58:30.000Z");
  assert.equal(told.short(EVENING), "오후 10:34");
  const before = told.stamp;
  clock.pass(89_999);
  assert.equal(seen.drawn, 0);
  clock.pass(1);
  assert.equal(seen.drawn, 1);
  assert.notEqual(told.stamp, before);
  assert.equal(told.short(EVENING), "11월 23일");
  clock.pass(23 * HOUR_MS);
  assert.equal(seen.drawn, 1);
  clock.pass(HOUR_MS);
  assert.equal(seen.drawn, 2);
});

test("another zone changes every form, and the day of what was just asked for", () => {
  const { clock, place, told, seen } = followed("2026-11-23T14:00:00.000Z");
  assert.equal(told.dayKey("2026-11-23T15:10:00.000Z"), "2026-11-24");
  place.zone = "Europe/London";
  clock.pass(60_000);
  assert.equal(seen.drawn, 1);
  assert.equal(told.dayKey("2026-11-23T15:10:00.000Z"), "2026-11-23");
  assert.equal(told.clock(EVENING), "오후 1:34");
  assert.match(told.full(EVENING), /오후 1:34/);
  assert.equal(told.day("2026-11-23T15:10:00.000Z"), "11월 23일 월요일");
  assert.equal(told.short(EVENING), "오후 1:34");
});

test("a zone with the same day and clock is another one all the same", () => {
  const { place, told } = made("2026-11-23T14:00:00.000Z");
  place.zone = "Asia/Tokyo";
  assert.equal(told.turned(), true);
  assert.equal(told.turned(), false);
});

test("the turn of the year brings the year to the day lines", () => {
  const { clock, told } = made("2026-12-31T14:59:00.000Z");
  assert.doesNotMatch(told.day(EVENING), /2026/);
  clock.pass(60_000);
  assert.equal(told.turned(), true);
  assert.match(told.day(EVENING), /2026년/);
});

test("who comes back after a sleep sees it at once, whichever sign tells of it", () => {
  for (const [name, from] of [["visibilitychange", "tab"], ["focus", "hands"], ["pageshow", "hands"]]) {
    const parts = followed("2026-11-23T14:00:00.000Z");
    // Timers stand still while a device sleeps.
    parts.clock.time += 2 * HOUR_MS;
    assert.equal(parts.seen.drawn, 0);
    parts[from].dispatchEvent(new Event(name));
    assert.equal(parts.seen.drawn, 1, name);
    parts[from].dispatchEvent(new Event(name));
    assert.equal(parts.seen.drawn, 1, name);
  }
});

test("a page that is gone is not drawn any more", () => {
  const { clock, hands, stop, seen } = followed("2026-11-23T14:59:00.000Z");
  stop.abort();
  clock.pass(24 * HOUR_MS);
  hands.dispatchEvent(new Event("focus"));
  assert.equal(seen.drawn, 0);
});

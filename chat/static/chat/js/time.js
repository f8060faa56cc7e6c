/** Times as the reader's zone and language have them, also after midnight or a journey. */
import { systemClock } from "./socket.js";

/**
 * @typedef {{clock: (at: string) => string, day: (at: string) => string,
 *   dayKey: (at: string) => string, short: (at: string) => string,
 *   full: (at: string) => string, turned: () => boolean, readonly stamp: string}} Times
 *   turned: whether the day or the zone is another one than when it was asked last; stamp: both of
 *   them as they were then, for what is drawn only when it looks different
 */

const MINUTE_MS = 60_000;

/** @returns {string} the zone of this device as it is now */
function here() {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/**
 * @param {string} lang
 * @param {{zone?: () => string, now?: () => number}} [options]
 * @returns {Times}
 */
export function times(lang, { zone = here, now = Date.now } = {}) {
  let place = zone();
  let formats = formatsOf(lang, place);
  const today = () => formats.key.format(now());
  let stamp = `${place} ${today()}`;
  let [slice, known] = ["", ""];
  /** Asked for every row of a log: those of the same ten minutes have the day of the one before. @param {string} at */
  const dayKey = (at) => {
    if (at.slice(0, 15) !== slice) [slice, known] = [at.slice(0, 15), formats.key.format(new Date(at))];
    return known;
  };
  /** @param {string} at */
  const clock = (at) => halves(lang, formats.clock.format(new Date(at)));
  return {
    clock,
    full: (at) => halves(lang, formats.full.format(new Date(at))),
    dayKey,
    day: (at) => {
      const sameYear = dayKey(at).slice(0, 4) === today().slice(0, 4);
      return (sameYear ? formats.day : formats.dayInYear).format(new Date(at));
    },
    short: (at) => (dayKey(at) === today() ? clock(at) : formats.date.format(new Date(at))),
    turned: () => {
      const zoneNow = zone();
      if (zoneNow !== place) {
        place = zoneNow;
        formats = formatsOf(lang, place);
        slice = "";
      }
      const before = stamp;
      stamp = `${place} ${today()}`;
      return stamp !== before;
    },
    get stamp() {
      return stamp;
    },
  };
}

/**
 * Looks at the turn of each minute, and when somebody comes back, whether the times are others now.
 * @param {Times} times
 * @param {() => void} changed
 * @param {{tab?: EventTarget, hands?: EventTarget, signal?: AbortSignal,
 *   clock?: Pick<import("./socket.js").Clock, "now"|"after"|"cancel">}} [outside]
 */
export function followTime(times, changed, outside = {}) {
  const { tab = document, hands = window, signal, clock = systemClock } = outside;
  const look = () => {
    if (times.turned()) changed();
  };
  /** @type {unknown} */
  let timer;
  const wait = () => {
    timer = clock.after(() => {
      wait();
      look();
    }, MINUTE_MS - (clock.now() % MINUTE_MS));
  };
  wait();
  tab.addEventListener("visibilitychange", look, { signal });
  for (const sign of ["focus", "pageshow"]) hands.addEventListener(sign, look, { signal });
  signal?.addEventListener("abort", () => clock.cancel(timer));
}

/** @param {string} lang @param {string} zone */
function formatsOf(lang, zone) {
  /** @param {Intl.DateTimeFormatOptions} options */
  const format = (options) => new Intl.DateTimeFormat(lang, { timeZone: zone, ...options });
  return {
    clock: format({ hour: "numeric", minute: "2-digit" }),
    day: format({ month: "long", day: "numeric", weekday: "long" }),
    dayInYear: format({ year: "numeric", month: "long", day: "numeric", weekday: "long" }),
    date: format({ month: "short", day: "numeric" }),
    full: format({ dateStyle: "full", timeStyle: "short" }),
    key: new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }),
  };
}

/** Some browsers' Korean says AM and PM, which nobody writes. @param {string} lang @param {string} time */
function halves(lang, time) {
  return lang.startsWith("ko") ? time.replace("AM", "오전").replace("PM", "오후") : time;
}

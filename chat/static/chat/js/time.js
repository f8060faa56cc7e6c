/** Times as the reader's zone and language have them. */

/**
 * @typedef {{clock: (at: string) => string, day: (at: string) => string,
 *   dayKey: (at: string) => string, short: (at: string) => string,
 *   full: (at: string) => string}} Times
 */

/**
 * @param {string} lang
 * @param {{zone?: string, now?: () => number}} [options]
 * @returns {Times}
 */
export function times(lang, { zone, now = Date.now } = {}) {
  /** @param {Intl.DateTimeFormatOptions} options */
  const format = (options) => new Intl.DateTimeFormat(lang, { timeZone: zone, ...options });
  const clock = format({ hour: "numeric", minute: "2-digit" });
  const day = format({ month: "long", day: "numeric", weekday: "long" });
  const dayInYear = format({ year: "numeric", month: "long", day: "numeric", weekday: "long" });
  const date = format({ month: "short", day: "numeric" });
  const full = format({ dateStyle: "full", timeStyle: "short" });
  const key = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
  const today = () => key.format(now());
  let [slice, known] = ["", ""];
  /** Asked for every row of a log: those of the same ten minutes have the day of the one before. @param {string} at */
  const dayKey = (at) => {
    if (at.slice(0, 15) !== slice) [slice, known] = [at.slice(0, 15), key.format(new Date(at))];
    return known;
  };
  /** @param {string} at */
  const clockOf = (at) => halves(lang, clock.format(new Date(at)));
  return {
    clock: clockOf,
    full: (at) => halves(lang, full.format(new Date(at))),
    dayKey,
    day: (at) => {
      const sameYear = dayKey(at).slice(0, 4) === today().slice(0, 4);
      return (sameYear ? day : dayInYear).format(new Date(at));
    },
    short: (at) => (dayKey(at) === today() ? clockOf(at) : date.format(new Date(at))),
  };
}

/** Some browsers' Korean says AM and PM, which nobody writes. @param {string} lang @param {string} time */
function halves(lang, time) {
  return lang.startsWith("ko") ? time.replace("AM", "오전").replace("PM", "오후") : time;
}

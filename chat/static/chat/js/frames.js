/**
 * Does things in the next frame, however often they are asked for, and all of them in one go.
 * After a frame that cost much, what comes by itself rests twice as long: in a storm of messages
 * on a slow phone the hand and the screen have most of the time. A hidden tab has no frames and
 * waits a little.
 */
import { systemClock } from "./socket.js";

const HIDDEN_MS = 250;
/** A frame as short as this is no burden. */
const LIGHT_MS = 4;
const REST_AT_MOST_MS = 250;

/**
 * @param {Pick<import("./socket.js").Clock, "now"|"after"|"cancel">} clock
 * @param {(draw: () => void) => unknown} nextFrame runs it in the next frame, if there is one
 * @returns {(run: () => void, hand: boolean) => void} asks for one run; hand: somebody's hand waits
 */
export function framesBy({ now, after, cancel }, nextFrame) {
  /** @type {Set<() => void>} */
  const asked = new Set();
  /** @type {unknown} */
  let timer;
  let resting = false;
  /** Whether a frame is on its way, or being drawn. */
  let busy = false;
  let hurried = false;
  let freeAt = 0;

  const plan = () => {
    cancel(timer);
    const rest = hurried ? 0 : freeAt - now();
    resting = rest > 0;
    busy = !resting;
    if (busy) nextFrame(draw);
    // The tab may be hidden, or be so before the next frame.
    timer = resting ? after(plan, rest) : after(draw, HIDDEN_MS);
  };
  const draw = () => {
    // Timer and frame both come, and only the first of them counts.
    if (!busy || !asked.size) return;
    cancel(timer);
    const began = now();
    const all = [...asked];
    asked.clear();
    hurried = false;
    for (const run of all) {
      try {
        run();
      } catch (error) {
        reportError(error);
      }
    }
    freeAt = now() + Math.min(2 * (now() - began - LIGHT_MS), REST_AT_MOST_MS);
    busy = false;
    if (asked.size) plan();
  };
  return (run, hand) => {
    asked.add(run);
    hurried ||= hand;
    if (!busy && (hurried || !resting)) plan();
  };
}

const ask = framesBy(systemClock, (draw) => requestAnimationFrame(draw));

/**
 * @param {() => void} run
 * @param {boolean} [hand] whether somebody's hand waits for it, so that it never rests
 * @returns {() => void} asks for one run in the next frame
 */
export function onceAFrame(run, hand = false) {
  return () => ask(run, hand);
}

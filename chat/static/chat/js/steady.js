/**
 * Time that only goes forward, for waits and deadlines: setting the device's clock changes nothing,
 * but for one thing. Some browsers count no time while the device sleeps, so what the clock has
 * gone ahead meanwhile is added.
 */

const JUMP_MS = 1_000;

/**
 * @param {{tick: () => number, wall: () => number}} clocks  tick: never set, may sleep; wall: may be set
 * @returns {() => number} ms since some moment
 */
export function steadyBy({ tick, wall }) {
  let ahead = wall() - tick();
  let slept = 0;
  return () => {
    const now = tick();
    const jump = wall() - now - ahead;
    if (Math.abs(jump) > JUMP_MS) {
      ahead += jump;
      slept += Math.max(0, jump);
    }
    return now + slept;
  };
}

export const steady = steadyBy({ tick: () => performance.now(), wall: () => Date.now() });

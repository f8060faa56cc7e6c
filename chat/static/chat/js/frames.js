/** Does things once a frame, however often they are asked for; a hidden tab has none and waits a little. */

const HIDDEN_MS = 250;

/** @param {() => void} run @returns {() => void} asks for one run in the next frame */
export function onceAFrame(run) {
  let asked = false;
  const now = () => {
    if (!asked) return;
    asked = false;
    run();
  };
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(now);
    // The tab may be hidden, or be so before the next frame.
    setTimeout(now, HIDDEN_MS);
  };
}

/** What kind of device this is, as far as its keys go. */

/**
 * Whether commands are given with ⌘ here. Every Mac and iPad says one of these, an iPad that asks
 * for desktop pages "Macintosh".
 */
export const apple = /Mac|iPhone|iPad|iPod/.test(globalThis.navigator?.userAgent ?? "");

/** Whether fingers point here: the keyboard on the screen should not come up by itself, and its Enter makes a line. */
export function coarse() {
  return matchMedia("(pointer: coarse)").matches;
}

/**
 * Which shortcut a key is. Plain keys never are one where somebody writes; those with Ctrl, Cmd or
 * Alt are, but none while an input method still holds what is being composed.
 */

/**
 * @typedef {"switch"|"search"|"help"|"previous"|"next"|"leave"} Shortcut
 * @typedef {Pick<KeyboardEvent, "key"|"code"|"keyCode"|"isComposing"|"ctrlKey"|"metaKey"|"altKey"|
 *   "shiftKey"|"defaultPrevented">} Key
 */

const COMPOSING = 229;

/** @param {Key} key @param {boolean} writing whether it goes to a field @returns {Shortcut|null} */
export function shortcutOf(key, writing) {
  if (key.defaultPrevented || key.isComposing || key.keyCode === COMPOSING) return null;
  const command = key.ctrlKey || key.metaKey;
  if (command && !key.altKey) {
    // By its place: with a Korean layout the key says ㅏ.
    if (key.code === "KeyK" && !key.shiftKey) return "switch";
    return key.code === "KeyF" && key.shiftKey ? "search" : null;
  }
  if (command || (key.shiftKey && key.key !== "?")) return null;
  if (key.altKey) {
    if (key.key === "ArrowUp") return "previous";
    return key.key === "ArrowDown" ? "next" : null;
  }
  if (key.key === "Escape") return "leave";
  if (writing) return null;
  if (key.key === "?") return "help";
  return key.key === "/" ? "search" : null;
}

/** Whether what is typed there becomes text. @param {EventTarget|null} target */
export function writesIn(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

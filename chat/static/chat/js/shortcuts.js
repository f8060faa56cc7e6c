/**
 * Which shortcut a key is. Plain keys never are one where somebody writes; those with the command
 * key (⌘ on Apple's devices, where Ctrl edits text in every field, Ctrl elsewhere) or Alt are, but
 * none while an input method still holds what is being composed.
 */
import { apple } from "./device.js";

/**
 * @typedef {"switch"|"search"|"help"|"previous"|"next"|"leave"} Shortcut
 * @typedef {Pick<KeyboardEvent, "key"|"code"|"keyCode"|"isComposing"|"ctrlKey"|"metaKey"|"altKey"|
 *   "shiftKey"|"defaultPrevented">} Key
 * @typedef {{writing: boolean, arrows: "free"|"mac"|"always"}} Place  writing: whether keys become
 *   text there; arrows: where the arrows with Alt are its own, by paragraphs on Apple's devices
 */

const COMPOSING = 229;

/**
 * @param {Key} key
 * @param {Place} place where it goes to
 * @param {boolean} [mac] whether the device is one of Apple's
 * @returns {Shortcut|null}
 */
export function shortcutOf(key, { writing, arrows }, mac = apple) {
  if (key.defaultPrevented || key.isComposing || key.keyCode === COMPOSING) return null;
  if (key.ctrlKey || key.metaKey) {
    if (key.altKey || key.ctrlKey === key.metaKey || key.metaKey !== mac) return null;
    // By its place: with a Korean layout the key says ㅏ.
    if (key.code === "KeyK" && !key.shiftKey) return "switch";
    return key.code === "KeyF" && key.shiftKey ? "search" : null;
  }
  if (key.shiftKey && key.key !== "?") return null;
  if (key.altKey) {
    if (arrows === "always" || (arrows === "mac" && mac)) return null;
    if (key.key === "ArrowUp") return "previous";
    return key.key === "ArrowDown" ? "next" : null;
  }
  if (key.key === "Escape") return "leave";
  if (writing) return null;
  if (key.key === "?") return "help";
  return key.key === "/" ? "search" : null;
}

/** @param {EventTarget|null} target @returns {Place} what keys do there by themselves */
export function placeOf(target) {
  const field = target instanceof Element ? target.closest("input, textarea, select, [contenteditable]") : null;
  if (!field) return { writing: false, arrows: "free" };
  // Alt with an arrow opens a choice and a calendar.
  if (field.matches("select, [type=date]")) return { writing: true, arrows: "always" };
  const filled = !("value" in field) || field.value !== "";
  return { writing: true, arrows: filled ? "mac" : "free" };
}

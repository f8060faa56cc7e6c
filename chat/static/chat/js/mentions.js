/**
 * Mentions while they are typed: where an `@` begins one, who may be meant, and what to write.
 * The server decides what a mention is; this only helps to spell the name.
 */
import { begins } from "./hangul.js";

/** @typedef {{start: number, end: number, query: string}} Spot  start: of the `@`; end: of the caret */
/** @typedef {{id: string, name: string}} Named */

const LONGEST = 40;
export const SHOWN = 8;

/**
 * @param {string} text
 * @param {number} caret
 * @returns {Spot|null} the mention that is being typed at the caret
 */
export function mentionAt(text, caret) {
  const before = text.slice(Math.max(0, caret - LONGEST), caret);
  const at = before.lastIndexOf("@");
  if (at < 0) return null;
  const query = before.slice(at + 1);
  const start = caret - query.length - 1;
  // Part of a mail address, or words that have long gone on.
  if (start > 0 && /[\p{Script=Latin}\d._+-]/u.test(text[start - 1] ?? "")) return null;
  if (/^\s|\n|\s{2}|(?:\s\S*){2}/u.test(query)) return null;
  return { start, end: caret, query };
}

/**
 * @template {Named} T
 * @param {string} query as far as it is typed
 * @param {readonly T[]} people the likeliest first; one may be there twice
 * @param {string} me who is not offered
 * @returns {T[]} a few, those whose name begins so before those with a later word that does
 */
export function candidates(query, people, me) {
  const seen = new Set([me]);
  const first = [];
  const later = [];
  for (const person of people) {
    if (seen.has(person.id)) continue;
    seen.add(person.id);
    if (!query || begins(query, person.name)) first.push(person);
    else if (person.name.split(" ").some((word) => begins(query, word))) later.push(person);
  }
  return [...first, ...later].slice(0, SHOWN);
}

/** @param {string} name @param {string} after what follows the caret @returns {string} what to write in place of what was typed */
export function spelled(name, after) {
  return `@${name}${after ? "" : " "}`;
}

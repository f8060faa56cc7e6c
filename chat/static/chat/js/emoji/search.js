/** Finding an emoji by what it is called in Korean or English, while the word is still being typed. */
import { begins, keys } from "../hangul.js";
import { GROUPS } from "./list.js";

/** @typedef {{emoji: string, words: string[]}} Entry */

/** @type {readonly {name: string, entries: Entry[]}[]} */
export const groups = GROUPS.map(([name, lines]) => ({
  name,
  entries: lines.trim().split("\n").map((line) => {
    const [emoji = "", ...words] = line.split(" ");
    return { emoji, words };
  }),
}));

const all = groups.flatMap(({ entries }) => entries);

/** @param {string} query @returns {string[]} those with a word that begins so, then those that hold it; all for none */
export function findEmoji(query) {
  const typed = query.trim();
  if (!typed) return all.map(({ emoji }) => emoji);
  const inside = keys(typed);
  const first = all.filter(({ emoji, words }) => emoji === typed || words.some((word) => begins(typed, word)));
  const later = inside.length < 3 ? [] : all.filter(
    (entry) => !first.includes(entry) && keys(entry.words.join(" ")).includes(inside),
  );
  return [...first, ...later].map(({ emoji }) => emoji);
}

/** @param {string} emoji @returns {string[]} what it is called, nothing for one that is not listed */
export function wordsOf(emoji) {
  return all.find((entry) => entry.emoji === emoji)?.words ?? [];
}

/** Finding an emoji by what it is called in Korean or English, while the word is still being typed. */
import { begins, keys } from "../hangul.js";

/** @typedef {{emoji: string, words: string[]}} Entry */

export class EmojiList {
  /** @type {{name: string, entries: Entry[]}[]} a group's name among the strings, and what is in it */
  groups = [];
  #all;

  /** @param {string} text a line each: a group's name, or an emoji and the words it is looked for by */
  constructor(text) {
    for (const line of text.trim().split("\n")) {
      const [emoji = "", ...words] = line.split(" ");
      if (words.length) this.groups.at(-1)?.entries.push({ emoji, words });
      else if (emoji) this.groups.push({ name: emoji, entries: [] });
    }
    this.#all = this.groups.flatMap(({ entries }) => entries);
  }

  /** @param {string} query @returns {string[]} those with a word that begins so, then those that hold it; all for none */
  find(query) {
    const all = this.#all;
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
  wordsOf(emoji) {
    return this.#all.find((entry) => entry.emoji === emoji)?.words ?? [];
  }
}

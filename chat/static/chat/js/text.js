/** Counting and cutting text as people see it: by grapheme, and by the bytes that are stored. */

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const encoder = new TextEncoder();
const QUOTE_SIGNS = 100;
/** Everything that Unicode calls the end of a line. */
const LINE_END = /\r\n|[\n\v\f\r\x85\u2028\u2029]/gu;
/** Everything that Unicode calls a blank, and what parts fields. */
export const BLANKS = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;
/** Something that leaves ink, as the server has it. */
const INK = /[^\p{Z}\p{C}\p{M}\p{DI}\s\u2800\ufffc\u{13441}\u{13442}\u{1d159}]/u;
const GOLDEN_ANGLE = 137.508;

/** @param {string} text @returns {number} signs as a reader counts them */
export function countSigns(text) {
  let count = 0;
  for (const _ of graphemes.segment(text)) count += 1;
  return count;
}

/** @param {string} text @returns {number} bytes in UTF-8 */
export function countBytes(text) {
  return encoder.encode(text).length;
}

/** @param {string} name @returns {string} its first sign, for a face */
export function firstSign(name) {
  for (const { segment } of graphemes.segment(name.trim())) return segment.toLocaleUpperCase();
  return "?";
}

/**
 * A hue for this id, the same everywhere; ids in a row lie far apart.
 * @param {string} id
 * @returns {number} degrees
 */
export function hueOf(id) {
  const number = /^\d{1,15}$/.test(id) ? Number(id) : hash(id);
  return Math.round((number * GOLDEN_ANGLE) % 360);
}

/**
 * What is left to write, near the limit alone.
 * @param {string} text
 * @param {{signs: number, bytes: number}} limits
 * @returns {{left: number|null, over: boolean}} left: null while far from the limit
 */
export function room(text, limits) {
  if (text.length * 3 < limits.bytes * 0.5 && text.length < limits.signs * 0.8) {
    return { left: null, over: false };
  }
  const signs = limits.signs - countSigns(text);
  const bytes = limits.bytes - countBytes(text);
  const left = Math.min(signs, Math.floor(bytes / 3));
  return { left: left <= limits.signs * 0.1 ? left : null, over: signs < 0 || bytes < 0 };
}

/** @type {Record<string, string>} */
const SIGNS = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };

/** @param {{text: string, html?: string}} said @returns {string} its words without formatting, which never are none */
export function plainOf({ text, html }) {
  if (!html) return text;
  const tags = html.replace(/<\/?(?:strong|em|s|code|a|span)\b[^>]*>/gu, "").replace(/<[^>]*>/gu, " ");
  const words = tags.replace(/&(\w+);/gu, (all, name) => SIGNS[name] ?? all);
  return visible(words) ? words : text;
}

/** @param {{text: string, html?: string}} said @returns {string} the one line that a reply shows of its source, as the server cuts it */
export function quoted(said) {
  const words = plainOf(said);
  const start = words.search(INK);
  const signs = Array.from(start < 0 ? words : words.slice(start)).slice(0, QUOTE_SIGNS * 4);
  const line = signs.join("").replace(BLANKS, " ").replace(/^ | $/gu, "");
  let cut = "";
  let count = 0;
  for (const { segment } of graphemes.segment(line)) {
    if ((count += 1) > QUOTE_SIGNS) break;
    cut += segment;
  }
  return cut;
}

const EMOJI = /^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f|\p{Emoji}\u20e3|\p{RI}\p{RI})/u;
const EMOJI_ONLY = 8;

/** @param {string} text @returns {number} how many emoji it is made of, 0 when of anything else or of more than eight */
export function emojiOnly(text) {
  if (text.length > 200 || !EMOJI.test(text.trimStart())) return 0;
  let count = 0;
  for (const { segment } of graphemes.segment(text.replace(BLANKS, ""))) {
    if (!EMOJI.test(segment)) return 0;
    count += 1;
  }
  return count <= EMOJI_ONLY ? count : 0;
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/gu;

/** @param {string} text @param {number} columns as wide as one Hangul syllable each @returns {number} about how many lines it takes */
export function linesOf(text, columns) {
  let lines = 0;
  for (const line of text.split(LINE_END)) {
    const wide = line.match(WIDE)?.length ?? 0;
    lines += Math.max(1, Math.ceil((wide + (line.length - wide) / 2) / columns));
  }
  return lines;
}

/** @param {string} text @returns {string} with one and the same sign at the ends of its lines, to be shown */
export function shownLines(text) {
  return text.replace(LINE_END, "\n");
}

/** @param {string} text @returns {boolean} whether anything in it can be seen */
export function visible(text) {
  return INK.test(text);
}

/** @param {string} code @returns {string} a room's code in groups of five, to be read aloud */
export function spacedCode(code) {
  return (code.match(/.{1,5}/gu) ?? []).join("-");
}

/** @param {string} text @returns {number} */
function hash(text) {
  let value = 2166136261;
  for (const byte of encoder.encode(text)) value = Math.imul(value ^ byte, 16777619) >>> 0;
  return value % 100_000;
}

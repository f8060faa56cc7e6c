/** The signs that format what one writes, put around what is selected, or taken away again. */

/** @type {readonly (readonly [string, string])[]} the sign, and the key of its name */
export const SIGNS = [
  ["**", "signs.bold"],
  ["*", "signs.italic"],
  ["~~", "signs.strike"],
  ["`", "signs.code"],
  ["> ", "signs.quote"],
  ["- ", "signs.list"],
];

/**
 * @typedef {{from: number, to: number, text: string, start: number, end: number}} Change
 *   text takes the place of what stands between from and to; start and end are selected after it
 */

/**
 * @param {string} value what is written
 * @param {number} start of the selection
 * @param {number} end
 * @param {string} sign one of SIGNS; one that ends in a space begins a line
 * @param {string} word what stands where nothing is selected
 * @returns {Change}
 */
export function signed(value, start, end, sign, word) {
  if (sign.endsWith(" ")) return ofLines(value, start, end, sign, word);
  const chosen = value.slice(start, end);
  const from = start + chosen.length - chosen.trimStart().length;
  const to = Math.max(from, end - (chosen.length - chosen.trimEnd().length));
  const inside = value.slice(from, to);
  if (sign === "`" && inside.includes("\n")) return fenced(value, from, to);
  const size = sign.length;
  if (inside && wraps(value.slice(0, from), value.slice(to), sign)) {
    return { from: from - size, to: to + size, text: inside, start: from - size, end: to - size };
  }
  // Written to its end: the caret goes on behind the closing sign.
  if (start === end && closes(value.slice(0, start), value.slice(start), sign)) {
    return { from: start, to: start, text: "", start: start + size, end: start + size };
  }
  const text = inside || word;
  const begin = from + size;
  return { from, to, text: sign + text + sign, start: begin, end: begin + text.length };
}

/** @param {string} before @param {string} after @param {string} sign */
function wraps(before, after, sign) {
  if (!before.endsWith(sign) || !after.startsWith(sign)) return false;
  // One star of two is bold's; of three, one is its own.
  const stars = /\**$/.exec(before)?.[0].length ?? 0;
  return sign !== "*" || stars % 2 === 1;
}

/** @param {string} before @param {string} after @param {string} sign */
function closes(before, after, sign) {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (!after.startsWith(sign) || !line.includes(sign)) return false;
  return sign !== "*" || (/^\**/.exec(after)?.[0].length ?? 0) % 2 === 1;
}

/** Several lines of code stand between fences, on lines of their own. @param {string} value @param {number} from @param {number} to @returns {Change} */
function fenced(value, from, to) {
  const before = from > 0 && value[from - 1] !== "\n" ? "\n```\n" : "```\n";
  const after = to < value.length && value[to] !== "\n" ? "\n```\n" : "\n```";
  const start = from + before.length;
  return { from, to, text: before + value.slice(from, to) + after, start, end: start + to - from };
}

/** @param {string} value @param {number} start @param {number} end @param {string} sign @param {string} word @returns {Change} */
function ofLines(value, start, end, sign, word) {
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const next = value.indexOf("\n", end);
  const to = next < 0 ? value.length : next;
  if (from === to) {
    return { from, to, text: sign + word, start: from + sign.length, end: from + sign.length + word.length };
  }
  const lines = value.slice(from, to).split("\n");
  const off = lines.every((line) => line.startsWith(sign));
  const text = lines.map((line) => (off ? line.slice(sign.length) : sign + line)).join("\n");
  const caret = from + text.length;
  return { from, to, text, start: caret, end: caret };
}

/**
 * Korean as it is being typed: 하ㅌ and 핱 are both on the way to 하트, and ㅎㅌ means it too.
 * For pickers that filter while the input method still holds the last syllable.
 */

const FIRST = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
const LAST = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";
/** @type {Record<string, string>} what two keys make, as the two keys */
const PAIRS = {
  ㄳ: "ㄱㅅ", ㄵ: "ㄴㅈ", ㄶ: "ㄴㅎ", ㄺ: "ㄹㄱ", ㄻ: "ㄹㅁ", ㄼ: "ㄹㅂ", ㄽ: "ㄹㅅ", ㄾ: "ㄹㅌ",
  ㄿ: "ㄹㅍ", ㅀ: "ㄹㅎ", ㅄ: "ㅂㅅ", ㅘ: "ㅗㅏ", ㅙ: "ㅗㅐ", ㅚ: "ㅗㅣ", ㅝ: "ㅜㅓ", ㅞ: "ㅜㅔ",
  ㅟ: "ㅜㅣ", ㅢ: "ㅡㅣ",
};
const BASE = 0xac00;
const SYLLABLES = 11_172;

/** @param {string} text @returns {string} the keys that type it, small letters, Hangul in single letters */
export function keys(text) {
  let typed = "";
  for (const sign of text.normalize("NFC").toLocaleLowerCase()) {
    const at = (sign.codePointAt(0) ?? 0) - BASE;
    if (at < 0 || at >= SYLLABLES) typed += PAIRS[sign] ?? sign;
    else {
      const vowel = VOWELS[Math.floor((at % 588) / 28)] ?? "";
      const last = LAST[at % 28] ?? "";
      typed += FIRST[Math.floor(at / 588)] + (PAIRS[vowel] ?? vowel) + (PAIRS[last] ?? last).trim();
    }
  }
  return typed;
}

/** @param {string} text @returns {string} the first consonant of each syllable; other signs stay */
export function initials(text) {
  let found = "";
  for (const sign of text.normalize("NFC").toLocaleLowerCase()) {
    const at = (sign.codePointAt(0) ?? 0) - BASE;
    found += at < 0 || at >= SYLLABLES ? sign : FIRST[Math.floor(at / 588)];
  }
  return found;
}

/**
 * @param {string} typed as far as it is typed
 * @param {string} word
 * @returns {boolean} whether the word may begin so
 */
export function begins(typed, word) {
  if (keys(word).startsWith(keys(typed))) return true;
  return /^[ㄱ-ㅎ]+$/u.test(typed) && initials(word).startsWith(typed);
}

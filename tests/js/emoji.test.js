import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { EmojiList } from "../../chat/static/chat/js/emoji/search.js";
import { begins, initials, keys } from "../../chat/static/chat/js/hangul.js";
import { QUICK } from "../../chat/static/chat/js/reactions.js";
import { en } from "../../chat/static/chat/js/strings/en.js";
import { ko } from "../../chat/static/chat/js/strings/ko.js";
import { emojiOnly, linesOf } from "../../chat/static/chat/js/text.js";

const list = new EmojiList(
  readFileSync(new URL("../../chat/static/chat/emoji.txt", import.meta.url), "utf8"),
);

test("a syllable on its way is found as well as the whole word", () => {
  assert.equal(keys("값"), "ㄱㅏㅂㅅ");
  for (const typed of ["ㅎ", "하", "핱", "하트", "ㅎㅌ"]) assert.ok(begins(typed, "하트"), typed);
  for (const typed of ["한", "ㅌ", "트"]) assert.equal(begins(typed, "하트"), false, typed);
  assert.ok(begins("과", "과자"));
  assert.ok(begins("고", "과자"));
  assert.equal(initials("민수 Ann"), "ㅁㅅ ann");
  assert.ok(begins("ANN", "ann"));
});

test("every listed emoji is one emoji, listed once, with words in both languages", () => {
  const seen = new Set();
  for (const { name, entries } of list.groups) {
    assert.ok(en[name] && ko[name], name);
    for (const { emoji, words } of entries) {
      assert.equal(emojiOnly(emoji), 1, emoji);
      assert.ok(!seen.has(emoji), `${name}: ${emoji}`);
      seen.add(emoji);
      assert.match(words.join(" "), /[가-힣]/, emoji);
      assert.match(words.join(" "), /[a-z]/, emoji);
    }
  }
  assert.ok(seen.size >= 340);
  for (const emoji of QUICK) assert.ok(seen.has(emoji), emoji);
});

test("emoji are found in both languages, by what they begin with first", () => {
  assert.equal(list.find("고양이")[0], "🐱");
  assert.equal(list.find("cat")[0], "🐱");
  assert.equal(list.find("ㅊㅎ").includes("🎉"), true);
  assert.ok(list.find("").length >= 340);
  assert.deepEqual(list.find("zzzzq"), []);
  assert.deepEqual(new EmojiList("").find("cat"), [], "where the list could not be loaded");
  assert.equal(list.find("🔥")[0], "🔥");
});

test("one to eight emoji and nothing else are shown larger", () => {
  for (const [text, count] of [["👍", 1], ["👨‍👩‍👧 ❤️", 2], ["🇰🇷", 1], ["1️⃣", 1], ["😀".repeat(8), 8]]) {
    assert.equal(emojiOnly(text), count, text);
  }
  for (const text of ["", "1", "ㅋ", "👍 네", "😀".repeat(9), "#", "😀".repeat(300)]) {
    assert.equal(emojiOnly(text), 0, text);
  }
});

test("how long a message is counts wide signs and line breaks", () => {
  assert.equal(linesOf("가".repeat(40), 20), 2);
  assert.equal(linesOf("a".repeat(40), 20), 1);
  assert.equal(linesOf("\n".repeat(30), 20), 31);
});

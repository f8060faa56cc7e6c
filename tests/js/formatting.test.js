import assert from "node:assert/strict";
import { test } from "node:test";
import { signed } from "../../chat/static/chat/js/formatting.js";

/** What stands there afterwards, the selection between brackets; the same is written before. */
function after(before, sign) {
  const start = before.indexOf("[");
  const end = before.indexOf("]") - 1;
  const value = before.replace(/[[\]]/g, "");
  const change = signed(value, start, end, sign, "굵게");
  const text = value.slice(0, change.from) + change.text + value.slice(change.to);
  return `${text.slice(0, change.start)}[${text.slice(change.start, change.end)}]${text.slice(change.end)}`;
}

test("signs go around what is selected, without the spaces at its ends", () => {
  assert.equal(after("[꼭]이요", "**"), "**[꼭]**이요");
  assert.equal(after("정말[ 꼭 ]이요", "~~"), "정말 ~~[꼭]~~ 이요");
});

test("where nothing is selected a word stands to be written over", () => {
  assert.equal(after("[]", "**"), "**[굵게]**");
  assert.equal(after("아[   ]", "`"), "아   `[굵게]`");
  assert.equal(after("둘\n[]", "> "), "둘\n> [굵게]");
});

test("the same format again takes its signs away, and no other's", () => {
  for (const sign of ["**", "*", "~~", "`"]) {
    assert.equal(after(`a ${sign}[b]${sign} c`, sign), "a [b] c", sign);
  }
  assert.equal(after("**[b]**", "*"), "***[b]***");
  assert.equal(after("***[b]***", "*"), "**[b]**");
});

test("written to its end, the caret goes on behind the closing sign", () => {
  assert.equal(after("**꼭[]**", "**"), "**꼭**[]");
  assert.equal(after("**꼭[]**", "*"), "**꼭*[굵게]***");
  assert.equal(after("[]**꼭**", "**"), "**[굵게]****꼭**");
});

test("quote and list begin every line that is touched, or leave all of them", () => {
  assert.equal(after("하나\n둘[\n]셋", "- "), "하나\n- 둘\n- 셋[]");
  assert.equal(after("- 하[나\n- 둘]", "- "), "하나\n둘[]");
  assert.equal(after("- 하[나\n둘]", "- "), "- - 하나\n- 둘[]");
});

test("several lines of code stand between fences", () => {
  assert.equal(after("[a\nb]", "`"), "```\n[a\nb]\n```");
  assert.equal(after("see [a\nb] there", "`"), "see \n```\n[a\nb]\n``` there".replace("``` there", "```\n there"));
});

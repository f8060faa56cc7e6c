import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates, mentionAt, spelled } from "../../chat/static/chat/js/mentions.js";

const query = (text, caret = text.length) => mentionAt(text, caret)?.query ?? null;
const people = ["민수", "Ann", "미나", "Kim Minji", "민호"].map((name, at) => ({ id: String(at), name }));
const names = (typed, me = "") => candidates(typed, people, me).map(({ name }) => name);

test("a mention begins at an @ that is no part of an address", () => {
  assert.equal(query("@"), "");
  assert.equal(query("안녕 @민"), "민");
  assert.equal(query("안녕@민"), "민");
  assert.equal(query("ann@example"), null);
  assert.equal(query("a.1@b"), null);
  assert.equal(query("@민수 안녕", 2), "민");
  assert.equal(query("@Kim Min"), "Kim Min");
  for (const text of ["@ 민", "@민\n수", "@a b c", "none", `@${"가".repeat(50)}`]) assert.equal(query(text), null, text);
});

test("half a syllable, initials and later words find the person", () => {
  assert.deepEqual(names("ㅁ"), ["민수", "미나", "민호"]);
  assert.deepEqual(names("민ㅅ"), ["민수"]);
  assert.deepEqual(names("밈"), []);
  assert.deepEqual(names("ㅁㄴ"), ["미나"]);
  assert.deepEqual(names("min"), ["Kim Minji"]);
  assert.deepEqual(names("", "0"), ["Ann", "미나", "Kim Minji", "민호"]);
  assert.equal(candidates("", Array.from({ length: 50 }, (_, id) => ({ id: `${id}`, name: "x" })), "").length, 8);
});

test("a space follows the name at the end of the text", () => {
  assert.equal(spelled("민수", ""), "@민수 ");
  assert.equal(spelled("민수", "야"), "@민수");
  assert.equal(spelled("민수", " 안녕"), "@민수");
});

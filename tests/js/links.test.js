import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { linkify } from "../../chat/static/chat/js/links.js";

const links = (text) => linkify(text).filter((piece) => piece.href).map((piece) => piece.text);

const CASES = JSON.parse(readFileSync(new URL("links.json", import.meta.url), "utf8"));

for (const [text, expected] of CASES.links) {
  test(`the link in ${text}`, () => assert.deepEqual(links(text), [expected]));
}

for (const text of CASES.none) test(`no link in ${text}`, () => assert.deepEqual(links(text), []));

test("every sign of the text is kept, in order", () => {
  const text = "가 https://a.example/b를 그리고 www.c.example.\n끝 javascript:https://d.example";
  assert.equal(linkify(text).map((piece) => piece.text).join(""), text);
});

test("www is given https, the rest keeps its scheme", () => {
  assert.equal(linkify("www.example.com")[0].href, "https://www.example.com/");
  for (const piece of linkify("http://a.example https://b.example mailto:a@b.example")) {
    if (piece.href) assert.match(piece.href, /^(https?:|mailto:)/);
  }
});

test("two addresses with a dot between them are two", () => {
  const text = "https://a.example/x·https://b.example/y";
  assert.deepEqual(links(text), text.split("·"));
});

test("a link to a number in brackets opens it", () => {
  const [link] = linkify("http://[2001:db8::1]을 봐");
  assert.equal(link.href, "http://[2001:db8::1]/");
});

test("a long text without links takes no long time", () => {
  const started = performance.now();
  linkify("https://".repeat(1000) + "가".repeat(2000));
  linkify(`https://a.example/${")".repeat(2000)}`);
  linkify(`https://a.example/${"은는".repeat(1000)}x`);
  linkify(`https://a.example/${"이나".repeat(1000)}갸`);
  linkify(`https://a.example/${"a·".repeat(1000)}`);
  linkify("https://a.example/".repeat(400));
  assert.ok(performance.now() - started < 500);
});

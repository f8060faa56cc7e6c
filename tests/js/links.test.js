import assert from "node:assert/strict";
import { test } from "node:test";
import { linkify } from "../../chat/static/chat/js/links.js";

const links = (text) => linkify(text).filter((piece) => piece.href).map((piece) => piece.text);

const CASES = [
  ["보세요 https://example.com/a?b=c#d 좋아요", "https://example.com/a?b=c#d"],
  ["https://example.com에서 봐요", "https://example.com"],
  ["https://example.com/길에서", "https://example.com/길에서"],
  ["https://example.com/path에서 만나요", "https://example.com/path"],
  ["https://example.com/path/에서", "https://example.com/path/"],
  ["https://example.com/path입니다.", "https://example.com/path"],
  ["https://example.com/%EA%B8%B8를 보세요", "https://example.com/%EA%B8%B8"],
  ["https://ko.wikipedia.org/wiki/대한민국", "https://ko.wikipedia.org/wiki/대한민국"],
  ["https://ko.wikipedia.org/wiki/K팝", "https://ko.wikipedia.org/wiki/K팝"],
  ["https://한글.한국에서", "https://한글.한국"],
  ["http://localhost:8000은 안 돼요", "http://localhost:8000"],
  ["「https://example.com/a」、", "https://example.com/a"],
  ["https://example.com/a。다음", "https://example.com/a"],
  ["(https://example.com/a)", "https://example.com/a"],
  ["https://en.wikipedia.org/wiki/A_(b)", "https://en.wikipedia.org/wiki/A_(b)"],
  ["see https://example.com/a, ok?", "https://example.com/a"],
  ["https://example.com/a…", "https://example.com/a"],
  ["“https://example.com”", "https://example.com"],
  ["www.example.com/x!", "www.example.com/x"],
  ["mailto:a@example.com로", "mailto:a@example.com"],
];

for (const [text, expected] of CASES) {
  test(`the link in ${text}`, () => assert.deepEqual(links(text), [expected]));
}

const NONE = [
  "javascript:alert(1)",
  "data:text/html,x",
  "https://",
  "http://user:pw@evil.example/",
  "https://good.example@evil.example",
  "mailto:",
  "xhttps://example.com",
  "ftp://example.com",
  "www.",
];

for (const text of NONE) test(`no link in ${text}`, () => assert.deepEqual(links(text), []));

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

test("a long text without links takes no long time", () => {
  const started = performance.now();
  linkify("https://".repeat(1000) + "가".repeat(2000));
  linkify(`https://a.example/${")".repeat(2000)}`);
  linkify(`https://a.example/${"은는".repeat(1000)}x`);
  assert.ok(performance.now() - started < 500);
});

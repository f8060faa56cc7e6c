import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { keepFilesOut } from "../../chat/static/chat/js/dropping.js";
import { aboutFiles, FILES } from "../../chat/static/chat/js/strings/files.js";

const FILE = ["Files"];
const TEXT = ["text/plain"];
const LINK = ["text/uri-list"];
const OFFICE = ["text/plain", "text/html", "text/rtf", "Files"];
const PICTURE = ["text/html", "Files"];
const field = { closest: () => field };
const wall = { closest: () => null };
const bareText = { parentElement: wall };

let page;
let told;
let now;

beforeEach(() => {
  page = new EventTarget();
  [told, now] = [0, 0];
  keepFilesOut(page, () => (told += 1), () => now);
});

/** Sends what a browser would; whether the browser's own way was prevented, and the effect. */
function send(type, types, target = wall) {
  const event = new Event(type, { cancelable: true });
  Object.defineProperty(event, "target", { value: target });
  const data = { types, dropEffect: "copy" };
  event[type === "paste" ? "clipboardData" : "dataTransfer"] = data;
  page.dispatchEvent(event);
  return { prevented: event.defaultPrevented, effect: data.dropEffect };
}

test("beside the fields nothing drops, and a file is answered", () => {
  for (const target of [wall, bareText, null]) {
    for (const types of [FILE, OFFICE, PICTURE, TEXT, LINK]) {
      told = 0;
      assert.equal(send("drop", types, target).prevented, true);
      assert.equal(told, types.includes("Files") ? 1 : 0, types.join());
      assert.deepEqual(send("dragover", types, target), { prevented: true, effect: "none" });
    }
  }
});

test("a field takes text and links, and what has text beside a file", () => {
  for (const types of [TEXT, LINK, OFFICE, ["text/uri-list", "text/html", "Files"]]) {
    for (const type of ["dragover", "drop"]) {
      assert.deepEqual(send(type, types, field), { prevented: false, effect: "copy" }, types.join());
    }
  }
  assert.equal(told, 0);
  for (const types of [FILE, PICTURE]) assert.equal(send("drop", types, field).prevented, true);
  assert.equal(told, 2);
});

test("a file that hovers is told once, and again while it stays", () => {
  for (const at of [0, 50, 400, 2_900]) {
    now = at;
    send("dragover", FILE);
  }
  assert.equal(told, 1);
  now = 3_000;
  send("dragover", FILE);
  assert.equal(told, 2);
});

test("a pasted picture is answered, wherever; text with a picture of itself is pasted", () => {
  for (const target of [field, wall]) {
    for (const types of [FILE, PICTURE]) assert.equal(send("paste", types, target).prevented, true);
    for (const types of [TEXT, OFFICE, ["text/html"], []]) {
      assert.equal(send("paste", types, target).prevented, false, types.join());
    }
  }
  assert.equal(told, 4);
});

test("an event that carries nothing changes nothing", () => {
  for (const type of ["dragover", "drop", "paste"]) {
    const event = new Event(type, { cancelable: true });
    page.dispatchEvent(event);
    assert.equal(event.defaultPrevented, false);
  }
});

test("the sentence is there in both languages", () => {
  assert.equal(aboutFiles("ko"), FILES.ko);
  assert.equal(aboutFiles("ko-KR"), FILES.ko);
  assert.equal(aboutFiles("fr"), FILES.en);
  assert.match(FILES.ko, /요\.$/);
});

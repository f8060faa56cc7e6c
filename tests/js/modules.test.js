import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const BASE = new URL("../../chat/static/chat/js/", import.meta.url);
const TEMPLATE = new URL("../../templates/chat/_modules.html", import.meta.url);
const IMPORT = /^(?:import|export)[^"';]*?from\s+"([^"]+)"(;?)$/gm;

/** What a module imports, as paths below the folder of all scripts. */
function imports(name) {
  const source = readFileSync(new URL(name, BASE), "utf8");
  return [...source.matchAll(IMPORT)].map(([, path, semicolon]) => {
    // Without these the hashed copies would go on importing the plain names.
    assert.equal(semicolon, ";", `${name}: ${path} needs a semicolon`);
    assert.match(path, /^\.\.?\/.*\.js$/, name);
    return new URL(path, new URL(name, BASE)).href.slice(BASE.href.length);
  });
}

/** Every module that this one needs; a module that needs itself is a cycle. */
function needed(name, above = []) {
  assert.ok(!above.includes(name), `cycle: ${[...above, name].join(" → ")}`);
  return new Set(imports(name).flatMap((next) => [next, ...needed(next, [...above, name])]));
}

test("the page asks at once for every module that its script needs", () => {
  const template = readFileSync(TEMPLATE, "utf8");
  const asked = [...template.matchAll(/'chat\/js\/([^']+)'/g)].map(([, name]) => name);
  assert.deepEqual(asked.sort(), [...needed("main.js")].sort());
});

test("the entrance's modules have no cycle", () => {
  assert.ok(needed("entrance.js").has("links.js"));
});

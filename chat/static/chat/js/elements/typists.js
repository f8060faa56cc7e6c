/** The line that says who is writing. Not read aloud: it changes all the time. */
import { HOLE, around, make } from "../dom.js";

const NAMED = 3;

/**
 * @param {HTMLElement} line
 * @param {readonly {name: string}[]} people
 * @param {import("../strings.js").Say} say
 */
export function showTypists(line, people, say) {
  const named = people.slice(0, NAMED);
  const others = people.length - named.length;
  if (!named.length) {
    line.replaceChildren();
    return;
  }
  const words = others
    ? say("typing.more", { names: HOLE, count: others })
    : say("typing.some", { names: HOLE, count: named.length });
  const names = named.flatMap(({ name }, at) => [at ? ", " : "", make("bdi", "", name)]);
  line.replaceChildren(...around(words, ...names));
}

/** Small makers of page parts. Text goes in as text; nothing here takes markup. */
import { firstSign, hueOf } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} [className]
 * @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Stands in a sentence where elements go. */
export const HOLE = "\n";

/**
 * A sentence with elements in its hole: names, so that none turns the sentence around.
 * @param {string} sentence
 * @param {...(Node|string)} inside
 * @returns {(Node|string)[]}
 */
export function around(sentence, ...inside) {
  const [before = "", after = ""] = sentence.split(HOLE);
  return [before, ...inside, after];
}

/** @param {string} name of a symbol in the page @param {string} className @returns {SVGElement} */
export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** @param {string} label @param {() => void} act @returns {HTMLButtonElement} */
export function button(label, act) {
  const element = make("button", "", label);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

/** The field that is written in keeps the focus while this is pressed. @param {HTMLElement} pressed */
export function keepFocus(pressed) {
  for (const type of ["pointerdown", "mousedown"]) {
    pressed.addEventListener(type, (event) => event.preventDefault());
  }
}

/** @param {string} id @param {string} name @returns {HTMLSpanElement} */
export function face(id, name) {
  const element = make("span", "face");
  element.setAttribute("aria-hidden", "true");
  paintFace(element, id, name);
  return element;
}

/** @param {HTMLElement} element @param {string} id @param {string} name */
export function paintFace(element, id, name) {
  element.style.setProperty("--h", String(hueOf(id)));
  element.textContent = firstSign(name);
}

/**
 * @template {Element} T
 * @param {ParentNode} within
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(within, selector, kind) {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`No ${selector} here`);
  return found;
}

/** @param {string} id of a json_script @returns {any} null when the page has none */
export function pageData(id) {
  const text = document.getElementById(id)?.textContent;
  return text ? JSON.parse(text) : null;
}

/**
 * Brings a list of children in line with the wanted ones, moving as few as possible.
 * @param {Element} parent
 * @param {readonly Element[]} wanted
 */
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  let at = parent.firstElementChild;
  for (const element of wanted) {
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
}

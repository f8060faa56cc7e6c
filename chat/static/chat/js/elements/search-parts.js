/** The parts of the search panel: its dialog with the fields, its choices, and a hit. */
import { button, icon, make } from "../dom.js";
import { pathOf } from "../route.js";
import { pieces } from "../search.js";

/**
 * @typedef {import("../search.js").Hit} Hit
 * @typedef {import("../strings.js").Say} Say
 * @typedef {import("../time.js").Times} Times
 */

/** @param {Say} say @param {() => void} close @returns {HTMLDialogElement} */
export function searchDialog(say, close) {
  const dialog = make("dialog", "sheet search");
  dialog.setAttribute("aria-label", say("search.title"));
  const field = make("input", "field");
  Object.assign(field, { type: "search", name: "q", maxLength: 400, autocomplete: "off" });
  Object.assign(field, { placeholder: say("search.field"), spellcheck: false });
  field.enterKeyHint = "search";
  field.setAttribute("aria-label", say("search.field"));
  const form = make("form", "search-form", field);
  form.setAttribute("role", "search");
  const shut = button("", close);
  shut.className = "icon-button";
  shut.setAttribute("aria-label", say("search.close"));
  shut.append(icon("close"));
  const filters = make("div", "search-filters");
  filters.setAttribute("role", "group");
  filters.setAttribute("aria-label", say("search.filters"));
  filters.append(
    labelled(say("search.room"), named("select", "room")),
    labelled(say("search.person"), named("select", "person")),
    labelled(say("search.from"), date("from")),
    labelled(say("search.to"), date("to")),
  );
  const status = make("p", "search-status");
  status.setAttribute("role", "status");
  const results = make("ol", "hits");
  results.setAttribute("aria-label", say("search.results"));
  const rest = make("div", "search-rest");
  const head = make("div", "search-head", form, shut);
  const body = make("div", "search-body", status, results, rest);
  body.tabIndex = -1;
  dialog.append(head, filters, body);
  return dialog;
}

/** @param {Hit} hit @param {Times|null} times @returns {HTMLLIElement} a link to the message */
export function renderHit({ room, title, message, ranges }, times) {
  const link = make("a");
  link.href = pathOf(room, message.seq);
  const time = make("time", "", times ? moment(message.at, times) : "");
  time.dateTime = message.at;
  time.title = times?.full(message.at) ?? "";
  const text = make("span", "text");
  for (const piece of pieces(message.text, ranges)) {
    text.append(piece.hit ? make("mark", "", piece.text) : piece.text);
  }
  const name = make("bdi", "name clip", message.author.name);
  link.append(make("span", "who", name, make("bdi", "place clip", title), time), text);
  return make("li", "", link);
}

/** The day of another year with its year. @param {string} at @param {Times} times */
function moment(at, times) {
  const day = times.dayKey(at);
  return day.slice(0, 4) === times.dayKey(new Date().toISOString()).slice(0, 4) ? times.short(at) : day;
}

/** @param {string} label @param {HTMLElement} control */
function labelled(label, control) {
  return make("label", "", make("span", "", label), control);
}

/** @template {"select"|"input"} T @param {T} tag @param {string} name */
function named(tag, name) {
  const element = make(tag, "field");
  element.name = name;
  return element;
}

/** @param {string} name */
function date(name) {
  const element = named("input", name);
  element.setAttribute("type", "date");
  return element;
}

/** The options of a choice, keeping what is chosen. @param {HTMLSelectElement} select @param {[string, string][]} options */
export function offer(select, options) {
  const chosen = select.value;
  select.replaceChildren(
    ...options.map(([value, label]) => {
      const option = make("option", "", label);
      option.value = value;
      return option;
    }),
  );
  if (options.some(([value]) => value === chosen)) select.value = chosen;
}

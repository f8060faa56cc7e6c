/** The page's own words in the reader's language, with the plural that the count asks for. */
import { en } from "./strings/en.js";
import { ko } from "./strings/ko.js";

/**
 * @typedef {{one?: string, other: string}} Plural
 * @typedef {Record<string, string | Plural>} Table
 * @typedef {(key: string, values?: Record<string, string | number>) => string} Say
 */

/** @type {Record<string, Table>} */
export const TABLES = { en, ko };

/**
 * @param {string} lang as in the document's lang attribute; an unknown one speaks English
 * @param {Record<string, Table>} tables by language
 * @returns {Say} a sentence by its key; `count` among the values chooses the plural
 */
export function sayer(lang, tables = TABLES) {
  const name = lang.split("-")[0] ?? "en";
  const table = tables[name] ?? tables.en ?? en;
  const plurals = new Intl.PluralRules(name in TABLES ? name : "en");
  const numbers = new Intl.NumberFormat(lang);
  return (key, values = {}) => {
    const found = table[key];
    if (found === undefined) throw new Error(`No words for ${key}`);
    const text =
      typeof found === "string" ? found : choose(found, plurals, Number(values.count ?? 0));
    return text.replace(/\{(\w+)\}/g, (_, field) => {
      const value = values[field] ?? "";
      return typeof value === "number" ? numbers.format(value) : value;
    });
  };
}

/** @param {Plural} forms @param {Intl.PluralRules} plurals @param {number} count */
function choose(forms, plurals, count) {
  return plurals.select(count) === "one" && forms.one ? forms.one : forms.other;
}

/** What every page says when a file comes; apart, so that a page without other words stays light. */

/** @type {Record<string, string>} */
export const FILES = {
  en: "Pictures and files can’t be sent yet.",
  ko: "사진과 파일은 아직 보낼 수 없어요.",
};

/** @param {string} lang as in the document's lang attribute; an unknown one speaks English */
export function aboutFiles(lang) {
  return FILES[lang.split("-")[0] ?? ""] ?? FILES.en ?? "";
}

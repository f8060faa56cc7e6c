/** Where an invite code hides: typed, pasted as a link, or in the fragment of this page's address. */

/**
 * What to send to the server for what was typed or pasted: a link is cut down to its fragment.
 * The rest (case, spaces, hyphens, full-width letters) is the server's to read.
 * @param {string} typed
 * @returns {string} "" when nothing was typed
 */
export function codeIn(typed) {
  const text = typed.normalize("NFKC").trim();
  const hash = text.lastIndexOf("#");
  return (hash < 0 ? text : decode(text.slice(hash + 1))).trim();
}

/** @param {string} path @param {string} hash as the address bar has them @returns {string} "" for none */
export function codeInAddress(path, hash) {
  return /\/join\/?$/.test(path) ? codeIn(hash) : "";
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

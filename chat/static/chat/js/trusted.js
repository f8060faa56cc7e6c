/**
 * The page's one Trusted Types policy: what may become markup here is what our own server made of a
 * message's text and sanitized, and what may become a script is our own service worker.
 */

const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("madang", {
  createHTML: (/** @type {string} */ html) => html,
  createScriptURL: (/** @type {string} */ url) => {
    if (!/^\/sw\.js\?lang=[a-z]{2}$/.test(url)) throw new TypeError(`No script of ours: ${url}`);
    return url;
  },
});

/** @param {string} html a message's `html` as the server sent it @returns {DocumentFragment} */
export function serverMarkup(html) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  return template.content;
}

/** @param {string} lang @returns {string} where the service worker is, in a form that register takes */
export function workerAddress(lang) {
  const url = `/sw.js?lang=${lang}`;
  return policy ? policy.createScriptURL(url) : url;
}

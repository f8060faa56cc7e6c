/**
 * The service worker. Keeps the shell's own files on the device and answers with them when the
 * server does not. Of what people read it keeps nothing: pages and API answers always come from
 * the server, and what was read last lies in the page's own storage.
 */

// Put before this text by the server: {version, files, shell, away}.
const { version, files, shell, away } = /** @type {any} */ (self).KEEP;
const worker = /** @type {any} */ (self);
const CACHE = `madang-${version}`;
const ROOM = /^\/rooms(?:\/(?!new\/?$)[^/]+)?\/?$/;
/** What a proxy says while the chat behind it restarts. */
const GONE = new Set([502, 503, 504]);
const PATIENCE_MS = 8_000;

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(keep());
});

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(takeOver());
});

worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data === "take-over") worker.skipWaiting();
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event, url.pathname));
  else if (files.includes(url.pathname)) event.respondWith(file(request));
});

async function keep() {
  const cache = await caches.open(CACHE);
  // With the cookies, which a gate in front of the chat may ask for; the answers are the same for
  // everyone. A gate that leads to its own page instead is no shell: then nothing is installed yet.
  await cache.addAll(
    [...files, shell, away].map(
      (url) => new Request(url, { credentials: "same-origin", redirect: "error" }),
    ),
  );
}

async function takeOver() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("madang-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.registration.navigationPreload?.enable();
  await worker.clients.claim();
}

/** @param {Request} request @returns {Promise<Response>} */
async function file(request) {
  return (await kept(request.url)) ?? fetch(request);
}

/** @param {any} event @param {string} path @returns {Promise<Response>} */
async function page(event, path) {
  const room = ROOM.test(path);
  try {
    const answer = fromServer(event);
    const response = await (room ? Promise.race([answer, late()]) : answer);
    if (response && !(room && GONE.has(response.status))) return response;
  } catch {
    // No network, or nobody listens there.
  }
  return (await kept(room ? shell : away)) ?? fetch(event.request);
}

/** @param {any} event @returns {Promise<Response>} */
async function fromServer(event) {
  const preloaded = await event.preloadResponse;
  // Where Chromium and WebKit reject, Firefox hands over what can only be shown as its error page.
  return preloaded && preloaded.type !== "error" ? preloaded : fetch(event.request);
}

/** @returns {Promise<null>} after as long as anyone looks at an empty page */
function late() {
  return new Promise((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
}

/** @param {string} url */
async function kept(url) {
  const cache = await caches.open(CACHE);
  return cache.match(url, { ignoreVary: true });
}

/**
 * Finds the links in a message, formatted or not, and nobody else does (docs/adr/0015-links.md):
 * http, https, mailto and www. only, and never more than the link. Ends them before full-width signs
 * and before a Korean particle, where people write without a space.
 */

/** @typedef {{text: string, href: string|null}} Piece */

const START = /(?:https?:\/\/|mailto:|www\.)/giu;
const MEMBER = /[\p{L}\p{N}]|[^\s\p{C}<>"`{}|\\^\u3000-\u303f\uff00-\uffef\u2018-\u201f\u2026\u2027\u00b7\u00ab\u00bb]/u;
/** Signs that part sentences as well; within a path, between letters, they are its own. */
const BETWEEN = /[\u00b7\u2027\u2018\u2019\u301c\uff06\uff0b\uff0d\uff1d\uff3f\uff5e\uff65]/u;
const LETTER = /[\p{L}\p{M}\p{N}]/u;
/** What ends a path though it stands between letters: another address, and the English genitive. */
const PARTED = /^(?:.(?:https?:\/\/|mailto:|www\.)|[\u2018\u2019]s(?![\p{L}\p{N}_-]))/iu;
const TRAILING = /[.,!?;:'*_~]+$/u;
const HANGUL = /[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]/u;
const HANGUL_RUN = /[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]+$/u;
/** Particles and endings that follow a name without a space, alone or one after another. */
const PARTICLES =
  /^(?:(?:은|는|이|가|을|를|와|과|랑|이랑|도|만|의|에|에서|에게|께|로|으로|부터|까지|처럼|보다|한테|라고|이라고|라는|이라는|나|이나|든지|요|이요|야|이야|예요|이에요|에요|입니다|인데|인데요|네요|이네요|죠|이죠|고|이고|면|이면|서|밖에|마다|조차|쯤|들|하고|참고|보세요|봐요|봐))+$/u;

/** Longer runs are names, and trying every way to split them would take for ever. */
const PARTICLES_MAX = 12;

/** Whether there may be a link in it. @param {string} text */
export function mayLink(text) {
  return text.search(START) >= 0;
}

/** @param {string} text @returns {Piece[]} the whole text, in order; href is null for plain text */
export function linkify(text) {
  /** @type {Piece[]} */
  const pieces = [];
  let done = 0;
  START.lastIndex = 0;
  for (let match = START.exec(text); match; match = START.exec(text)) {
    if (!startsWord(text, match.index)) continue;
    const written = linkAt(text, match.index);
    const href = written && hrefOf(written);
    if (!href) continue;
    if (match.index > done) pieces.push({ text: text.slice(done, match.index), href: null });
    pieces.push({ text: written, href });
    done = match.index + written.length;
    START.lastIndex = done;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), href: null });
  return pieces;
}

/** Latin letters right before it make it a part of another word. @param {string} text @param {number} at */
function startsWord(text, at) {
  return at === 0 || !/[a-z0-9@/.-]/iu.test(text[at - 1] ?? "");
}

/** @param {string} text @param {number} start @returns {string} the link that begins there */
function linkAt(text, start) {
  const signs = [...text.slice(start, start + 2100)];
  let link = "";
  for (const [at, sign] of signs.entries()) {
    if (!MEMBER.test(sign) && !within(link, signs.slice(at, at + 9))) break;
    link += sign;
  }
  return trimEnd(trimKorean(trimEnd(link)));
}

/** Whether a sign between letters goes on with the link. @param {string} link so far @param {string[]} signs from this one on */
function within(link, [sign = "", next = "", ...rest]) {
  if (!BETWEEN.test(sign) || !LETTER.test(next) || PARTED.test(sign + next + rest.join(""))) return false;
  // A name of a host holds one in l\u00b7l alone, and only there.
  if (!/:\/\/[^/]*\/|^www\.[^/]*\//u.test(link)) return sign === "\u00b7" && next === "l" && link.endsWith("l");
  return LETTER.test(link.at(-1) ?? "") || /[\ud800-\udfff]$/.test(link);
}

/** Signs that end a sentence, and brackets that were opened outside. @param {string} link */
function trimEnd(link) {
  let rest = link;
  for (;;) {
    const cut = rest.replace(TRAILING, "").replace(/[)\]]$/u, (close) => {
      const open = close === ")" ? "(" : "[";
      return count(rest, open) < count(rest, close) ? "" : close;
    });
    if (cut === rest) return rest;
    rest = cut;
  }
}

/** @param {string} link */
function trimKorean(link) {
  const scheme = /^(?:https?:\/\/|mailto:)?/iu.exec(link)?.[0].length ?? 0;
  const slash = link.slice(scheme).search(/[/?#]/u);
  const hostEnd = slash < 0 ? link.length : scheme + slash;
  const host = trimHost(link.slice(scheme, hostEnd));
  if (host.length < hostEnd - scheme || slash < 0) return link.slice(0, scheme) + host;
  return trimPath(link, hostEnd);
}

/** A number in brackets or a name in Latin letters ends there; one ending in 한국 ends after it. @param {string} host */
function trimHost(host) {
  const number = /^\[[0-9a-f:.]+\](?::\d+)?/iu.exec(host);
  if (number) return number[0];
  const latin = /^(.*[.][a-z0-9-]+(?::\d+)?)[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]/iu.exec(host);
  if (latin?.[1]) return latin[1];
  const local = /^[a-z0-9-]+(?::\d+)?(?=[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3])/iu.exec(host);
  if (local) return local[0];
  const korean = /^(.*[.]한국)./u.exec(host);
  return korean?.[1] ?? host;
}

/** @param {string} link @param {number} pathAt */
function trimPath(link, pathAt) {
  const path = link.slice(pathAt);
  if (/%[0-9a-f]{2}/iu.test(path)) {
    const hangul = path.search(HANGUL);
    return hangul < 0 ? link : link.slice(0, pathAt + hangul);
  }
  const run = HANGUL_RUN.exec(path);
  const isParticles = run && run[0].length <= PARTICLES_MAX && PARTICLES.test(run[0]);
  return isParticles ? link.slice(0, pathAt + run.index) : link;
}

/** @param {string} written @returns {string|null} */
function hrefOf(written) {
  const text = /^www\./iu.test(written) ? `https://${written}` : written;
  try {
    const url = new URL(text);
    if (url.protocol === "mailto:") return /^mailto:[^@\s]+@[^@\s]+$/iu.test(text) ? url.href : null;
    if (url.protocol !== "http:" && url.protocol !== "https:") return null;
    // A name before the host is how a link pretends to lead elsewhere.
    if (url.username || url.password || !url.hostname) return null;
    return url.hostname.endsWith(".") || text.endsWith("//") ? null : url.href;
  } catch {
    return null;
  }
}

/** @param {string} text @param {string} sign */
function count(text, sign) {
  return text.split(sign).length - 1;
}

/** Reactions as one person sees them: what the server says, and what they have just asked for. */

/**
 * @typedef {import("./protocol.js").Said} Said
 * @typedef {{emoji: string, count: number, mine: boolean, people: readonly string[]}} Chip
 */

/** What most people mean, one tap away. */
export const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const RECENT_KEY = "madang.emoji";
const RECENT = 24;

/**
 * @param {Said} said
 * @param {string} me my id, "" for nobody
 * @param {readonly string[]} known the emoji that are known to be mine
 * @param {ReadonlyMap<string, boolean>|null} wished emoji → whether it shall be mine, while under way
 * @returns {Chip[]} in the order of their first use
 */
export function chips(said, me, known, wished = null) {
  /** @type {Chip[]} */
  const found = [];
  for (const { emoji, count, people } of said.reactions ?? []) {
    const was = isMine(people, count, me, known.includes(emoji));
    const mine = wished?.get(emoji) ?? was;
    const now = count + Number(mine) - Number(was);
    if (now > 0) found.push({ emoji, count: now, mine, people: withMe(people, me, mine) });
  }
  for (const [emoji, on] of wished ?? []) {
    if (on && !found.some((chip) => chip.emoji === emoji)) {
      found.push({ emoji, count: 1, mine: true, people: [me] });
    }
  }
  return found;
}

/** Whether two lists of chips look the same. @param {readonly Chip[]} a @param {readonly Chip[]} b */
export function sameChips(a, b) {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every((chip, at) => {
    const other = b[at];
    return chip.emoji === other?.emoji && chip.count === other.count && chip.mine === other.mine;
  });
}

/**
 * @param {readonly string[]} people the first who reacted, all of them when there are few
 * @param {number} count
 * @param {string} me
 * @param {boolean} known
 */
function isMine(people, count, me, known) {
  return people.includes(me) || (known && people.length < count);
}

/** @param {readonly string[]} people @param {string} me @param {boolean} mine */
function withMe(people, me, mine) {
  if (mine === people.includes(me)) return people;
  return mine ? [...people, me] : people.filter((id) => id !== me);
}

/** The emoji this device used last, the latest first. @param {Pick<Storage, "getItem">} store @returns {string[]} */
export function recent(store) {
  const kept = store.getItem(RECENT_KEY)?.split(" ") ?? [];
  return kept.filter((emoji) => emoji.length > 0 && emoji.length <= 32).slice(0, RECENT);
}

/** @param {Pick<Storage, "getItem"|"setItem">} store @param {string} emoji */
export function used(store, emoji) {
  const next = [emoji, ...recent(store).filter((one) => one !== emoji)].slice(0, RECENT);
  try {
    store.setItem(RECENT_KEY, next.join(" "));
  } catch {
    // A device that keeps nothing offers the common ones.
  }
}

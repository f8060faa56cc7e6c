/** The names that this page has heard. */

/** @param {import("./chat.js").Chat} chat @param {string} room @returns {Map<string, string>} by id: of those who spoke there or are there */
export function namesIn(chat, room) {
  const names = new Map();
  for (const { author } of chat.timeline(room).rows) names.set(author.id, author.name);
  for (const { id, name } of chat.presence?.people ?? []) names.set(id, name);
  if (chat.me) names.set(chat.me.id, chat.me.name);
  return names;
}

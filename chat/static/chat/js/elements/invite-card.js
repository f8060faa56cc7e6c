/** The card with a room's code and link, to copy or to share. */
import { copyText } from "../clipboard.js";
import { find } from "../dom.js";
import { spacedCode } from "../text.js";

/**
 * @param {{title: string, code: string|null}} room
 * @param {import("../strings.js").Say} say
 * @returns {HTMLElement|null} null when the room has no code to show
 */
export function inviteCard(room, say) {
  if (!room.code) return null;
  const code = spacedCode(room.code);
  const link = `${location.origin}/join#${room.code}`;
  const template = find(document, "#invite-card", HTMLTemplateElement);
  const copyOfIt = document.importNode(template.content, true);
  const card = find(copyOfIt, ".invite-card", HTMLElement);
  find(card, ".code", HTMLElement).textContent = code;
  find(card, ".link", HTMLElement).textContent = link;
  const hint = find(card, ".hint", HTMLElement);
  /** @param {string} text */
  const copy = async (text) => {
    hint.textContent = say((await copyText(text)) ? "invite.copied" : "invite.copy_failed");
  };
  on(card, "copy-link", () => void copy(link));
  on(card, "copy-code", () => void copy(code));
  if (typeof navigator.share === "function") {
    const share = on(card, "share", () => {
      const text = say("invite.text", { room: room.title });
      // Closing the share sheet without a choice is an answer, not a failure.
      navigator.share({ text, url: link }).catch(() => {});
    });
    share.hidden = false;
  }
  return card;
}

/** @param {HTMLElement} card @param {string} act @param {() => void} run */
function on(card, act, run) {
  const element = find(card, `[data-act="${act}"]`, HTMLElement);
  element.addEventListener("click", run);
  return element;
}

/** The page shown in place of one that needs the server: leads on as soon as that answers. */
import { keepFilesOutOfCard } from "./card.js";
import { lastPerson } from "./kept.js";

const ASK_MS = 5_000;

keepFilesOutOfCard();

const again = document.querySelector("[data-act=again]");
again?.addEventListener("click", goOn);
window.addEventListener("online", () => void ask());
setInterval(() => void ask(), ASK_MS);
void ask();

const rooms = document.querySelector("[data-kept]");
if (rooms instanceof HTMLElement) rooms.hidden = lastPerson() === null;

async function ask() {
  if (document.hidden) return;
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (answer?.ok) goOn();
}

function goOn() {
  if (location.pathname.startsWith("/offline")) location.replace("/rooms");
  else location.reload();
}

/** Says how long one still has to wait, where the server asked for that. */
import { steady } from "./steady.js";
import { sayer } from "./strings.js";

/** Counts down on the line of this page that has `data-countdown`, if there is one. */
export function countDown() {
  const line = document.querySelector("[data-countdown]");
  if (!(line instanceof HTMLElement)) return;
  const say = sayer(document.documentElement.lang);
  const until = steady() + Number(line.dataset.countdown) * 1000;
  const show = () => {
    const left = Math.ceil((until - steady()) / 1000);
    if (left > 120) line.textContent = say("error.wait_minutes", { count: Math.ceil(left / 60) });
    else line.textContent = left > 0 ? say("error.wait", { count: left }) : "";
    if (left <= 0) clearInterval(timer);
  };
  const timer = setInterval(show, 1000);
  show();
}

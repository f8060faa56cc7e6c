/** <connection-status>: says that the line is down once it has been for three seconds, and why. */
import { make } from "../dom.js";
import { CLOSE } from "../protocol.js";

const QUIET_MS = 3_000;

export class ConnectionStatus extends HTMLElement {
  #stop = new AbortController();
  /** @type {ReturnType<typeof setTimeout>|null} */
  #timer = null;
  #shown = "";

  /** @param {import("../chat.js").Chat} chat @param {import("../strings.js").Say} say */
  bind(chat, say) {
    const { signal } = this.#stop;
    const update = () => this.#update(chat, say);
    chat.addEventListener("connection", update, { signal });
    window.addEventListener("online", update, { signal });
    window.addEventListener("offline", update, { signal });
    update();
  }

  disconnectedCallback() {
    this.#stop.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** @param {import("../chat.js").Chat} chat @param {import("../strings.js").Say} say */
  #update(chat, say) {
    const { phase, lostAt, code, restarting } = chat.status;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (phase === "stopped") {
      const banned = code === CLOSE.BANNED;
      this.#show(say(banned ? "connection.banned" : "connection.no_session"), say, !banned);
    } else if (lostAt === null) this.#show("", say);
    else {
      const wait = QUIET_MS - (Date.now() - lostAt);
      if (wait > 0) this.#timer = setTimeout(() => this.#update(chat, say), wait);
      else if (!navigator.onLine) this.#show(say("connection.offline"), say);
      else this.#show(say(restarting ? "connection.restarting" : "connection.lost"), say);
    }
  }

  /** @param {string} text @param {import("../strings.js").Say} say @param {boolean|null} ended whether one may enter again */
  #show(text, say, ended = null) {
    if (text === this.#shown) return;
    this.#shown = text;
    this.replaceChildren();
    if (!text) return;
    const line = make("div", ended === null ? "status-line" : "status-line ended");
    if (ended === null) line.append(make("span", "dot"));
    line.append(make("span", "", text));
    if (ended) {
      const enter = make("a", "", say("connection.enter"));
      enter.href = "/";
      line.append(enter);
    }
    this.append(line);
  }
}

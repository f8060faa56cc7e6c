/**
 * The pages before the conversation: carries an invite code from the address into the form, counts
 * down a wait, and shows what is being said on the board beneath.
 */
import { keepFilesOutOfCard } from "./card.js";
import { codeIn, codeInAddress } from "./code.js";
import { countDown } from "./countdown.js";
import { pageData } from "./dom.js";
import { forgetKept } from "./kept.js";
import { renderRow } from "./elements/message-row.js";
import { seqOf } from "./route.js";
import { buildRows } from "./rows.js";
import { sayer } from "./strings.js";
import { followTime, times } from "./time.js";

const SHOWN = 12;
const KEPT = "madang.code";

/** The code of this visit: choosing another language loads the page anew, without the fragment. */
const kept = {
  get() {
    try {
      return sessionStorage.getItem(KEPT) ?? "";
    } catch {
      return "";
    }
  },
  /** @param {string} code */
  set(code) {
    try {
      if (code) sessionStorage.setItem(KEPT, code);
      else sessionStorage.removeItem(KEPT);
    } catch {
      // Then the code lives as long as this page does.
    }
  },
};

// Who sees the entrance has no session: what an earlier person read here is not theirs to see.
if (document.querySelector("form[action='/enter']")) forgetKept();
carryCode();
carryMessage();
countDown();
keepFilesOutOfCard();
showBoard();

/** The fragment never reaches the server by itself; here it goes into the form instead. */
function carryCode() {
  const field = document.querySelector("input[name=code]");
  if (!(field instanceof HTMLInputElement) || !field.form) return;
  const { form } = field;
  const code = codeInAddress(location.pathname, location.hash);
  if (code) {
    kept.set(code);
    history.replaceState(null, "", location.pathname);
  }
  if (!field.value) field.value = kept.get();
  if (field.type === "hidden") showInvited(field.value !== "");
  form.addEventListener("submit", () => {
    field.value = codeIn(field.value);
    kept.set("");
  });
  if (code && "auto" in form.dataset) form.requestSubmit();
}

/** A link to a message names it in the fragment, which a form's answer would drop. */
function carryMessage() {
  const field = document.querySelector("input[name=next]");
  if (!(field instanceof HTMLInputElement) || !field.value.startsWith("/rooms/")) return;
  if (seqOf(location.hash) !== null) field.value += location.hash;
}

/** @param {boolean} invited */
function showInvited(invited) {
  for (const element of document.querySelectorAll("[data-when]")) {
    if (!(element instanceof HTMLElement)) continue;
    element.hidden = (element.dataset.when === "invited") !== invited;
  }
}

function showBoard() {
  const preview = pageData("preview");
  const beneath = document.querySelector(".beneath");
  if (!Array.isArray(preview) || !preview.length || !(beneath instanceof HTMLElement)) return;
  const lang = document.documentElement.lang;
  const look = { say: sayer(lang), times: times(lang) };
  const draw = () => {
    const rows = buildRows({
      rows: preview.filter((state) => !state.deleted).slice(-SHOWN),
      pending: [],
      me: null,
      newAfter: null,
      dayOf: look.times.dayKey,
    });
    beneath.querySelector(".rows")?.replaceChildren(...rows.map((row) => renderRow(row, look)));
  };
  draw();
  followTime(look.times, draw);
  beneath.hidden = false;
}

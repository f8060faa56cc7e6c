/**
 * Keeps the shell as high as what the keyboard leaves, where the browser does not do so itself.
 * Follows only once the keyboard has come to rest: chasing its animation throws the field away.
 * What is covered is told from the highest that the view has been at this width, for some browsers
 * shrink every other measure along with it.
 */

const SETTLED_MS = 80;
const KEYBOARD_PX = 120;
/** Below this a title line would leave no room for what is being said. */
const LOW_PX = 300;

/** @param {HTMLElement} shell @param {AbortSignal} signal */
export function followKeyboard(shell, signal) {
  const viewport = window.visualViewport;
  if (!viewport) return;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  let width = viewport.width;
  let highest = viewport.height;
  const apply = () => {
    if (viewport.scale > 1.01) return;
    const { height, offsetTop } = viewport;
    if (Math.abs(viewport.width - width) > 1) highest = 0;
    width = viewport.width;
    highest = Math.max(highest, height);
    const covered = highest - height > KEYBOARD_PX && writes();
    shell.classList.toggle("low", covered && height < LOW_PX);
    if (covered) {
      shell.style.setProperty("--app-height", `${height}px`);
      shell.style.setProperty("--app-top", `${offsetTop}px`);
    } else {
      shell.style.removeProperty("--app-height");
      shell.style.removeProperty("--app-top");
    }
  };
  const settle = () => {
    clearTimeout(timer);
    timer = setTimeout(apply, SETTLED_MS);
  };
  viewport.addEventListener("resize", settle, { signal });
  viewport.addEventListener("scroll", settle, { signal });
  document.addEventListener("focusout", settle, { signal });
}

/** Whether the focus is where a keyboard comes up. */
function writes() {
  return document.activeElement?.matches("textarea, input, [contenteditable]") ?? false;
}

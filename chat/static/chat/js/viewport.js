/**
 * Keeps the shell as high as what the keyboard leaves, where the browser does not do so itself.
 * Follows only once the keyboard has come to rest: chasing its animation throws the field away.
 */

const SETTLED_MS = 80;
const KEYBOARD_PX = 120;

/** @param {HTMLElement} shell @param {AbortSignal} signal */
export function followKeyboard(shell, signal) {
  const viewport = window.visualViewport;
  if (!viewport) return;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  const apply = () => {
    const zoomed = viewport.scale > 1.01;
    const covered = shell.getBoundingClientRect().height - viewport.height;
    const raised = document.documentElement.clientHeight - viewport.height > KEYBOARD_PX;
    if (!zoomed && (raised || covered > KEYBOARD_PX)) {
      shell.style.setProperty("--app-height", `${viewport.height}px`);
      shell.style.setProperty("--app-top", `${viewport.offsetTop}px`);
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
}

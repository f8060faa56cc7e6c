/**
 * Files that are dropped or pasted. Browsers leave the page for a file that falls on it, and for a
 * link beside a field; a pasted picture does nothing at all. Here nothing leaves, and files are
 * answered. Text and links go into fields as ever.
 */

/** What takes dropped text. */
const FIELD = "textarea:read-write, input:read-write:not([type=date])";
/** A drag asks many times a second, and is answered as long as it stays. */
const AGAIN_MS = 3_000;

/**
 * @param {EventTarget} page
 * @param {() => void} tell says that files can't be sent
 * @param {() => number} [now]
 */
export function keepFilesOut(page, tell, now = Date.now) {
  let told = -Infinity;
  page.addEventListener("dragover", (event) => {
    const { dataTransfer } = /** @type {DragEvent} */ (event);
    if (!dataTransfer || taken(event.target, dataTransfer)) return;
    event.preventDefault();
    dataTransfer.dropEffect = "none";
    // What may not be dropped makes no drop: it is told while it hovers.
    if (!hasFiles(dataTransfer) || now() - told < AGAIN_MS) return;
    told = now();
    tell();
  });
  page.addEventListener("drop", (event) => {
    const { dataTransfer } = /** @type {DragEvent} */ (event);
    if (!dataTransfer || taken(event.target, dataTransfer)) return;
    event.preventDefault();
    if (hasFiles(dataTransfer)) tell();
  });
  page.addEventListener("paste", (event) => {
    const { clipboardData } = /** @type {ClipboardEvent} */ (event);
    // Office programs put a picture of the text beside it: the text is meant.
    if (!clipboardData || !hasFiles(clipboardData) || hasText(clipboardData)) return;
    event.preventDefault();
    tell();
  });
}

/** Whether this goes into a field as text. @param {EventTarget|null} target @param {DataTransfer} data */
function taken(target, data) {
  // Firefox may name the text inside an element, which is in no field then.
  const { closest } = /** @type {Partial<Element>} */ (target ?? {});
  if (!closest?.call(target, FIELD)) return false;
  return !hasFiles(data) || hasText(data) || data.types.includes("text/uri-list");
}

/** @param {DataTransfer} data */
function hasFiles({ types }) {
  return types.includes("Files");
}

/** @param {DataTransfer} data */
function hasText({ types }) {
  return types.includes("text/plain");
}

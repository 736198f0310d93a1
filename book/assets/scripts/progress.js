// What a reader has answered, kept in this browser and nowhere else. Where the browser keeps nothing (a private window,
// a setting), it is remembered until the page is closed.

// Sites of one origin, and all copies on one disk, share a storage: each keeps its answers under the address of its own
// root, which no longer path can begin with, since no path holds a blank.
const PREFIX = `cnnbook-quiz:${new URL(document.documentElement.dataset.content_root ?? ".", location).pathname} `;
const memory = new Map();

/** Use the browser's storage, which may throw at any touch; undefined then. */
function attempt(use) {
  try {
    return use(localStorage);
  } catch {
    return undefined;
  }
}

const keyOf = (page, item) => `${PREFIX}${page}#${item}`;

/** Give what is kept of an item, or an empty object: `given` is the answer. `item` is its label and digest. */
export function recall(page, item) {
  const key = keyOf(page, item);
  const text = attempt((storage) => storage.getItem(key)) ?? memory.get(key);
  try {
    return JSON.parse(text ?? "{}") ?? {};
  } catch {
    return {}; // not written by this script
  }
}

/** Keep an answer; an item once answered right stays so. */
export function keep(page, item, answer, right) {
  const key = keyOf(page, item);
  if (!right && recall(page, item).right) return;
  const text = JSON.stringify({ given: answer, right });
  memory.set(key, text);
  attempt((storage) => storage.setItem(key, text));
}

/** Forget all answers on a page, also those to earlier versions of its items; without a page, all of the book. */
export function forget(page) {
  const start = page === undefined ? PREFIX : keyOf(page, "");
  const stored = attempt((storage) => Array.from(storage, (_, index) => storage.key(index))) ?? [];
  for (const key of new Set([...stored, ...memory.keys()])) {
    if (!key.startsWith(start)) continue;
    memory.delete(key);
    attempt((storage) => storage.removeItem(key));
  }
}

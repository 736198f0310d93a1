// The items that a reader has missed, as this browser keeps them: a question comes back itself, a practice problem as a
// new one of its kind and level, see schedule.js.

import { keepNote, MISSES, recall, recallNote } from "./progress.js";
import { dayOf, isDue, isMiss, next, SHOWN } from "./schedule.js";

export const today = () => dayOf(new Date());

export const recallMiss = (item) => recallNote(MISSES, item, isMiss);

export const keepMiss = (item, miss) => keepNote(MISSES, item, miss);

/** Whether an item that was missed is to be answered again today. */
export function isBack(item) {
  const miss = recallMiss(item);
  return miss !== undefined && isDue(miss, today());
}

/** Note an answer to an item; `mistakes` are those that were recognised in it, `isShown` whether the answer is in sight. */
export function answered(item, right, mistakes, isShown) {
  const miss = next(recallMiss(item), right, mistakes.length ? mistakes : ["other"], today(), isShown);
  if (miss) keepMiss(item, miss);
  dispatchEvent(new Event("storage")); // due.js follows as if another tab had done it
}

/** What a reader has made of a question, whose name is its label and digest: a key of the words for it. */
export function stateOf(page, name) {
  const { given, right } = recall(page, name);
  const [label] = name.split(":");
  if (isBack(label)) return "back today";
  if (recallMiss(label)?.wrong.includes(SHOWN)) return "back tomorrow";
  return right ? "right" : given == null ? "open" : "wrong";
}

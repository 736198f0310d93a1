// When what was missed comes back: after 1, 3 and 7 days. Days are those of the reader's calendar, written as 2026-11-30.
// A miss is `{ step, on, wrong }`: how often the item has come back and was right, the day of the last answer that
// counted, and the mistakes that wrong answers stood for, by their names in the page. Nothing here knows of a page, so
// it also runs in Node.js.

export const INTERVALS = [1, 3, 7];

const after = (day, days) => new Date(Date.parse(day) + days * 864e5).toISOString().slice(0, 10);

/** The day of the reader's calendar that a moment falls on. */
export const dayOf = (date) => new Date(date - date.getTimezoneOffset() * 6e4).toISOString().slice(0, 10);

export const isDone = ({ step }) => step === INTERVALS.length;

export const dueOn = ({ step, on }) => after(on, INTERVALS[step]);

/** A day that lies ahead is from a clock that was set back since; a traveller's may be one ahead. */
export const isDue = (miss, today) => !isDone(miss) && (dueOn(miss) <= today || miss.on > after(today, 1));

/** What is kept of problems that were right at once: they are done, and nothing was wrong. */
export const solvedAtOnce = (today) => ({ step: INTERVALS.length, on: today, wrong: [] });

/** What is noted in place of a mistake of an answer that was given with the solution in sight. */
export const SHOWN = "shown";

/** What an answer makes of a miss, or of none; right before its day it changes nothing. What is done was overcome. An
 *  answer that was copied is not recalled, and comes back tomorrow: of what was not missed, too. */
export function next(miss, right, mistakes, today, isShown) {
  const known = miss && !isDone(miss) ? miss.wrong.filter((name) => name !== SHOWN) : [];
  if (right && !isShown) return miss && isDue(miss, today) ? { step: miss.step + 1, on: today, wrong: known } : miss;
  return { step: 0, on: today, wrong: [...new Set([...known, ...(right ? [SHOWN] : mistakes)])] };
}

// Names are those of mistakes, and of an item's own remarks: bias-forgotten, B, 1,728, 30×30×8, −0.25. Their form is
// also that of cnnbook/handin/class_report.py.
const FORM = /^{"step":[0-3],"on":"[\d-]{10}","wrong":\[("[\w.,×−-]{1,60}",?)*]}$/;

/** Whether `next` can have made it; a day that no calendar has throws. */
export const isMiss = (miss) => FORM.test(JSON.stringify(miss)) && after(miss.on, 0) === miss.on;

/** Of two misses of one item, such as from two browsers, the later; on the same day the one that comes back sooner. What
 *  was wrong in an earlier one that is done was overcome. */
export function merge(mine, theirs) {
  if (!mine) return theirs;
  const last = (mine.on === theirs.on ? theirs.step < mine.step : theirs.on > mine.on) ? theirs : mine;
  const open = [mine, theirs].filter((miss) => miss === last || !isDone(miss));
  return { ...last, wrong: [...new Set(open.flatMap(({ wrong }) => wrong))] };
}

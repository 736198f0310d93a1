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

/** What an answer makes of a miss, or of none; right before its day it changes nothing. */
export function next(miss, right, mistakes, today) {
  if (!right) return { step: 0, on: today, wrong: [...new Set([...(miss?.wrong ?? []), ...mistakes])] };
  return miss && isDue(miss, today) ? { ...miss, step: miss.step + 1, on: today } : miss;
}

// Names are those of mistakes, and of an item's own remarks: bias-forgotten, B, 1,728, 30×30×8, −0.25.
const FORM = /^{"step":[0-3],"on":"[\d-]{10}","wrong":\[("[\w.,×−-]+",?)*]}$/;

/** Whether `next` can have made it; a day that no calendar has throws. */
export const isMiss = (miss) => FORM.test(JSON.stringify(miss)) && after(miss.on, 0) === miss.on;

/** Of two misses of one item, such as from two browsers, the later; on the same day the one that comes back sooner. */
export function merge(mine, theirs) {
  if (!mine) return theirs;
  const later = mine.on === theirs.on ? theirs.step < mine.step : theirs.on > mine.on;
  return { ...(later ? theirs : mine), wrong: [...new Set([...mine.wrong, ...theirs.wrong])] };
}

// Which sections answer a question, best first.

import MiniSearch from "minisearch";
import { bookWords, term, words } from "./words.js";

const FIELDS = ["title", "page", "text", "code"];
/** Sections that repeat what others explain. */
const REPEATING = new Set(["Summary", "Exercises", "Check yourself", "Further reading"]);
const BOOST = { title: 6, page: 3, text: 1, code: 0.2 };

/** An index of sections {url, page, title, text, code}. */
export function makeIndex(sections) {
  const index = new MiniSearch({ idField: "url", fields: FIELDS, tokenize: words, processTerm: term });
  index.addAll(sections);
  return { index, byUrl: new Map(sections.map((section) => [section.url, section])) };
}

/** Sections that answer `question`, best first, each with the terms of it that were found: {section, terms}. */
export function find({ index, byUrl }, question) {
  const own = new Set(words(question).map(term).filter(Boolean));
  const queries = [{ queries: [question], ...options(1) }];
  const others = bookWords(question);
  if (others) queries.push({ queries: [others], ...options(0.5) });
  const boostDocument = (url) => (REPEATING.has(byUrl.get(url).title) ? 0.5 : 1);
  const hits = index.search({ combineWith: "OR", queries }, { boostDocument });
  return hits
    .map((hit) => ({ section: byUrl.get(hit.id), terms: hit.terms, score: hit.score * share(hit, own) }))
    .sort((one, other) => other.score - one.score);
}

/** A word may be unfinished or misspelt; a rare word counts more than a common one anyhow. */
function options(weight) {
  const boost = Object.fromEntries(Object.entries(BOOST).map(([field, value]) => [field, value * weight]));
  return { boost, prefix: (word) => word.length > 2, fuzzy: (word) => (word.length > 5 ? 0.2 : false) };
}

/** A section that has all of the reader's words stands above one that has a single one often. */
function share(hit, own) {
  const found = [...own].filter((word) => hit.queryTerms.includes(word)).length;
  return own.size ? 0.25 + found / own.size : 1;
}

/** About `length` characters of a text around the first of `terms`, cut between words: [before, found, after]. */
export function excerpt(text, terms, length = 150) {
  const positions = terms.map((word) => text.toLowerCase().indexOf(word)).filter((at) => at >= 0);
  const at = positions.length ? Math.min(...positions) : 0;
  const found = positions.length ? text.slice(at).match(/^[\p{L}\p{N}]*/u)[0] : "";
  let start = Math.max(0, at - length / 3);
  if (start) start = text.indexOf(" ", start) + 1 || start;
  let stop = Math.min(text.length, start + length);
  if (stop < text.length) stop = Math.max(text.lastIndexOf(" ", stop), at + found.length);
  if (start > at) start = at;
  const before = (start ? "… " : "") + text.slice(start, at);
  return [before, found, text.slice(at + found.length, stop) + (stop < text.length ? " …" : "")];
}

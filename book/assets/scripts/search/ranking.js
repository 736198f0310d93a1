// Which sections answer a question, best first.

import MiniSearch from "minisearch";
import { askedName, bookWords, nameOf, term, words } from "./words.js";

const FIELDS = ["title", "page", "means", "text", "code"];
/** Sections that repeat what others explain, and pages that ask for it again. */
const REPEATING = new Set(["Summary", "Exercises", "Check yourself", "Further reading"]);
const REVIEWS = /^book\/review\/(?!libraries)/;
const BOOST = { title: 6, page: 3, means: 0.3, text: 1, code: 0.2 };

/** An index of sections {url, page, title, text, code, means}, of which the last three may be missing. */
export function makeIndex(sections) {
  const index = new MiniSearch({ idField: "url", fields: FIELDS, tokenize: words, processTerm: term });
  index.addAll(sections);
  const glossary = new Map();
  for (const section of sections) {
    for (const names of section.means ?? []) {
      for (const name of names.slice(0, -1).reverse()) glossary.set(nameOf(name), { section, meaning: `${name}: ${names[names.length - 1]}` });
    }
  }
  return { index, glossary, byUrl: new Map(sections.map((section) => [section.url, section])) };
}

/**
 * Sections that answer `question`, best first, each with the terms of it that were found: {section, terms}. The section
 * that teaches a word of the glossary is the first for that word, and has its meaning.
 */
export function find({ index, glossary, byUrl }, question) {
  const own = new Set(words(question).map(term).filter(Boolean));
  const queries = [{ queries: [question], ...options(1) }];
  const others = bookWords(question);
  if (others) queries.push({ queries: [others], ...options(0.5) });
  const boostDocument = (url) => (REPEATING.has(byUrl.get(url).title) ? 0.5 : 1) * (REVIEWS.test(url) ? 0.8 : 1);
  const hits = index.search({ combineWith: "OR", queries }, { boostDocument })
    .map((hit) => ({ section: byUrl.get(hit.id), terms: hit.terms, score: hit.score * share(hit, own) }))
    .sort((one, other) => other.score - one.score);
  const taught = glossary.get(askedName(question));
  if (!taught) return hits;
  return [{ ...taught, terms: [...own] }, ...hits.filter(({ section }) => section !== taught.section)];
}

/** The question as it may have been meant: words that no hit has become those of titles and of the glossary one letter away. */
export function meant({ index }, question, hits) {
  const isFound = (word) => hits.some(({ terms }) => terms.some((one) => one.startsWith(word)));
  const other = question.toLowerCase().replace(/\p{L}{3,}/gu, (word) => {
    if (!term(word) || isFound(term(word))) return word;
    return index.search(word, { fields: ["title", "means"], fuzzy: 1 })[0]?.terms[0] ?? word;
  });
  return other === question.toLowerCase() ? undefined : other;
}

/** What a hit shows of its section, as `excerpt` gives it. */
export const snippet = ({ section: { text, code }, terms, meaning }) =>
  (meaning ? excerpt(meaning, terms, Infinity) : excerpt(text ?? code, terms));

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

/** About `length` characters where most of `terms` stand together, cut between words; every second part is one of them. */
export function excerpt(text, terms, length = 150) {
  const isOf = (word) => (one) => (one.length < 3 ? word === one : word.startsWith(one));
  const found = [...text.matchAll(/[\p{L}\p{N}×]+/gu)]
    .map(({ 0: word, index }) => ({ word, index, term: terms.find(isOf(word.toLowerCase().replaceAll("×", "x"))) }))
    .filter(({ term }) => term);
  const near = ({ index: at }) => found.filter(({ index }) => at <= index && index < at + length / 2);
  const kinds = (one) => new Set(near(one).map(({ term }) => term)).size;
  const at = found.reduce((best, one) => (best && kinds(best) >= kinds(one) ? best : one), undefined)?.index ?? 0;
  let start = Math.max(0, at - length / 3);
  if (start) start = text.indexOf(" ", start) + 1 || start;
  if (start > at) start = at;
  let stop = Math.min(text.length, start + length);
  if (stop < text.length) stop = Math.max(text.lastIndexOf(" ", stop), at);
  const parts = [];
  let last = start;
  for (const { word, index } of found) {
    if (index < start || index + word.length > stop) continue;
    parts.push(text.slice(last, index), word);
    last = index + word.length;
  }
  parts.push(text.slice(last, stop) + (stop < text.length ? " …" : ""));
  parts[0] = (start ? "… " : "") + parts[0];
  return parts;
}

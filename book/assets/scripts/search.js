// Search, in the dialog of every page and on the search page: sections while the reader types. The sections and the
// index are loaded when a field is used for the first time.

import { find, makeIndex, meant, snippet } from "./search/ranking.js";

const root = document.documentElement.dataset.content_root;
let index;

/** The index, made once of the sections, which come as a script: a page from disk may fetch nothing. */
function load() {
  index ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${root}_static/search-sections.js`;
    script.onload = () => resolve(makeIndex(globalThis.bookSections));
    script.onerror = () => {
      index = undefined; // the next key tries again
      reject(new Error("The sections of the book could not be loaded: check the connection, then type on."));
    };
    document.head.append(script);
  });
  return index;
}

/** An element with text and children in it. */
function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function item(hit) {
  const { section } = hit;
  const link = element("a", "search-hit");
  link.href = root + section.url;
  link.append(element("span", "search-hit-title", section.title));
  if (section.page !== section.title) link.append(" ", element("span", "search-hit-page", section.page));
  const parts = snippet(hit).map((part, i) => (i % 2 ? element("mark", "", part) : part));
  link.append(element("span", "search-hit-text", ...parts));
  return element("li", "", link);
}

function linkTo(address, words) {
  const link = element("a", "", words);
  link.href = root + address;
  return link;
}

const search = (asked, words = asked) => linkTo(`search.html?q=${encodeURIComponent(asked)}`, words);

/** What to type, before anything is. */
const examples = () => ["Try ", search("padding=same"), ", ", search("receptive field"), " or ", search("why is my output size not an integer"), ", or look into the ", linkTo("book/word-index.html", "index"), "."];

/** How many hits there are, and the way on: to all of them, to what a misspelt question may have meant, or to the notation. */
function report(hits, question, most, other) {
  const count = `${hits.length} ${hits.length === 1 ? "section" : "sections"}`;
  const parts = !hits.length ? [`Nothing found for “${question}”. `]
    : hits.length > most ? [`The first ${most} of `, search(question, `all ${count}`), ". "] : [`${count}. `];
  if (other) parts.push("Did you mean ", search(other), "?");
  else if (!hits.length) parts.push(question.includes(" ") ? "Try one word of it, or look" : "Look", " into the ", linkTo("book/notation.html", "notation"), ".");
  return parts;
}

/** Let the field of `form` show at most `most` hits in a list after the form. */
function attach(form, most) {
  const field = form.querySelector("input");
  const status = element("p", "search-status");
  status.setAttribute("role", "status");
  const list = element("ol", "search-hits");
  form.after(status, list);

  async function show() {
    const question = field.value.trim();
    if (question.length < 2) {
      status.replaceChildren(...examples());
      list.replaceChildren();
      return;
    }
    try {
      const loaded = await load();
      if (question !== field.value.trim()) return;
      const hits = find(loaded, question);
      status.replaceChildren(...report(hits, question, most, meant(loaded, question, hits)));
      list.replaceChildren(...hits.slice(0, most).map(item));
    } catch (error) {
      status.textContent = error.message;
    }
  }

  field.addEventListener("focus", () => load().catch(() => {}), { once: true });
  field.addEventListener("input", show);
  form.parentElement.addEventListener("keydown", (event) => {
    const places = [field, ...list.querySelectorAll("a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = places[places.indexOf(document.activeElement) + step];
    if (!step || !next) return;
    event.preventDefault();
    next.focus();
  });
  show();
}

const page = document.querySelector(".bd-search-container form.bd-search");
for (const form of document.querySelectorAll("form.bd-search")) {
  if (form === page) form.querySelector("input").value = new URLSearchParams(location.search).get("q") ?? "";
  attach(form, form === page ? Infinity : 5);
}
if (page) page.querySelector("input").focus();

// Words of the glossary, symbols and citations say what they mean (book.css) until the pointer or the focus leaves them, or Escape is
// pressed. On a screen without a pointer the first tap shows what a word means, the second goes there.

const WIDEST = 352; // pixels, as in book.css
const TALLEST = 150; // about that of the longest meaning
const hovers = matchMedia("(hover: hover)");
let shown;

// A screen reader reads no text that a style sheet adds.
for (const place of document.querySelectorAll("[data-definition]")) place.ariaDescription = place.dataset.definition;

function show({ target, relatedTarget }) {
  const place = target.closest("[data-definition]");
  if (!place || place.contains(relatedTarget)) return;
  delete place.dataset.closed;
  const { left, bottom } = place.getBoundingClientRect();
  place.style.setProperty("--left", `${Math.min(0, innerWidth - 12 - left - Math.min(WIDEST, innerWidth - 24))}px`);
  place.toggleAttribute("data-low", bottom + TALLEST > innerHeight);
}
addEventListener("mouseover", show);
addEventListener("focusin", show);

addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  for (const place of document.querySelectorAll("[data-definition]:is(:hover, :focus-within)")) place.dataset.closed = "";
});

addEventListener("click", (event) => {
  const word = event.target.closest("a[data-definition]");
  if (word && word !== shown && !hovers.matches && getComputedStyle(word, "::after").float !== "right") { // it is in the margin
    event.preventDefault();
    word.focus();
  }
  shown = word;
});

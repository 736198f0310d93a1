// Words of the glossary on a screen without a pointer: the first tap shows what a word means, the second goes there.

let shown;

addEventListener("click", (event) => {
  const word = event.target.closest("a.word");
  if (word && word !== shown && !matchMedia("(hover: hover)").matches) {
    event.preventDefault();
    word.focus();
  }
  shown = word;
});

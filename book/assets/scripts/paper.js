// On paper a solution stands behind the exercises and questions of its section, not straight under what it solves.
// (Reordered by the style sheet, a section breaks badly between pages.)
let places = [];

addEventListener("beforeprint", () => {
  if (places.length) return;
  for (const solution of document.querySelectorAll("section:has(> .exercise) > .solution")) {
    const place = document.createComment("");
    solution.replaceWith(place);
    place.parentNode.append(solution);
    places.push([place, solution]);
  }
});
addEventListener("afterprint", () => {
  for (const [place, solution] of places) place.replaceWith(solution);
  places = [];
});

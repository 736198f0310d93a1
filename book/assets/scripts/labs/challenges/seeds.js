// Goals to reach with the lab of seeds.

const START = { first: "simple-cnn", second: "two-layer", seeds: [0, 1, 2] };
const holdsZero = ({ interval: [low, high] }) => low <= 0 && high >= 0;

export default [
  {
    id: "a-draw-that-misses",
    text: "A draw whose interval misses the mean of all seeds.",
    hints: ["Draw again and again: how often should it happen?", "Draw 12 times at once, with three seeds; a bar that misses is marked with a cross."],
    start: START,
    is_met: (_, { contains }) => !contains,
  },
  {
    id: "two-seeds-are-enough",
    text: "Two recipes that two seeds tell apart: 0 lies outside their interval.",
    hints: ["With two seeds t is 12.7, so the difference has to be large and nearly the same for both.", "Which recipe is worst by far?"],
    start: START,
    is_met: ({ seeds }, result) => seeds.length === 2 && !holdsZero(result),
  },
  {
    id: "ten-seeds-do-not-tell",
    text: "Two recipes that ten seeds do not tell apart: 0 lies inside their interval.",
    hints: ["Ten seeds find small differences. Which recipes are nearly the same?", "Look for two rows of dots that lie one above the other."],
    start: START,
    is_met: ({ seeds }, result) => seeds.length === 10 && holdsZero(result),
  },
].map((challenge) => ({ ...challenge, lab: "seeds" }));

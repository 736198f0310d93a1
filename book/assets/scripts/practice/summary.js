// What is said at the end of a sheet: how each problem was solved, and which kinds want another round.

/** How a problem was solved, by the most that it took. */
const WAYS = {
  seen: "with the solution open",
  missed: "after a mistake",
  hinted: "with a hint",
  early: "on an earlier visit",
  first: "at the first try",
};

/** The kinds that were missed, or looked up. */
export const weak = (problems) => [...new Set(problems.filter((one) => "seen" in one || "missed" in one).map(({ kind }) => kind))];

/** The end of a sheet as HTML; a problem comes with what its card has noted, and the title of its page. */
export function summary(problems) {
  const lines = Object.entries(WAYS).reverse().flatMap(([way, words]) => {
    const these = problems.filter((one) => (Object.keys(WAYS).find((name) => name in one) ?? "first") === way);
    if (!these.length) return [];
    const kinds = new Map(these.map((one) => [one.kind, `${one.title} (<a href="../${one.page}.html">${one.about}</a>)`]));
    return `<li><strong>${these.length}</strong> ${words}${["first", "early"].includes(way) ? "" : `: ${[...kinds.values()].join(", ")}`}</li>`;
  });
  return `<p><strong>${problems.length === 1 ? "The problem is" : `All ${problems.length} problems are`} done.</strong></p><ul>${lines.join("")}</ul>`;
}

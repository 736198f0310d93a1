// On paper a solution stands behind the exercises of its section, not straight under what it solves, and the answers to
// all questions at the end of the page. (Reordered by the style sheet, a section breaks badly between pages.)
let moved = [];

function move(node, target) {
  const place = document.createComment("");
  node.replaceWith(place);
  target.append(node);
  moved.push(() => place.replaceWith(node));
}

addEventListener("beforeprint", () => {
  if (moved.length) return;
  for (const solution of document.querySelectorAll("section:has(> .exercise) > .solution")) {
    move(solution, solution.parentNode);
  }
  const items = document.querySelectorAll("section > .quiz-item:has(.quiz-answer-text)");
  if (!items.length) return;
  const answers = document.createElement("div");
  answers.className = "paper-answers";
  answers.innerHTML = "<h2>Answers</h2>";
  for (const item of items) {
    const answer = document.createElement("div");
    answer.append(item.querySelector(".quiz-name").cloneNode(true));
    move(item.querySelector(".quiz-answer-text"), answer);
    answers.append(answer);
  }
  document.querySelector(".bd-article > section").append(answers);
  moved.push(() => answers.remove());
});
addEventListener("afterprint", () => {
  for (const back of moved) back();
  moved = [];
});

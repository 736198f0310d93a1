// On paper a solution stands behind the exercises and questions of its section, not straight under what it solves, and
// so do the answers to its questions. (Reordered by the style sheet, a section breaks badly between pages.)
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
  for (const section of document.querySelectorAll("section:has(> .quiz-item .quiz-answer-text)")) {
    const answers = document.createElement("div");
    answers.className = "paper-answers";
    for (const item of section.querySelectorAll(":scope > .quiz-item:has(.quiz-answer-text)")) {
      const answer = document.createElement("div");
      answer.append(item.querySelector(".quiz-name").cloneNode(true));
      move(item.querySelector(".quiz-answer-text"), answer);
      answers.append(answer);
    }
    section.insertBefore(answers, section.querySelector(":scope > section"));
    moved.push(() => answers.remove());
  }
});
addEventListener("afterprint", () => {
  for (const back of moved) back();
  moved = [];
});

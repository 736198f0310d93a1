// The dots on top of a page with many questions: what the reader has made of each.

import { markQuestion } from "./question-dots.js";

const [{ dataset: { page } }] = document.querySelectorAll(".quiz-item");
const show = () => document.querySelectorAll("nav.quiz-dots > a").forEach((dot) => markQuestion(dot, page));

show();
for (const event of ["storage", "pageshow", "visibilitychange"]) addEventListener(event, () => document.hidden || show());

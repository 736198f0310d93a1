// What the practice page needs from the first answer on: what is said about mistakes and at the end, and the pictures.

import { about } from "./mistakes.js";
import { picture } from "./picture.js";
import { summary, weak } from "./summary.js";

globalThis.bookPractice = { about, picture, summary, weak };

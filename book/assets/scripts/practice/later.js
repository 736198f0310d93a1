// What the practice page needs from the first answer on: what is said about mistakes, and the pictures of solutions.

import { about } from "./mistakes.js";
import { picture } from "./picture.js";

globalThis.bookPractice = { about, picture };

import { practice as mistakesByPage } from "../../../../code/cnnbook/mistakes.json";

/** What is said about a usual mistake, and the page that teaches it. */
export function about(mistake) {
  const [page, sentences] = Object.entries(mistakesByPage).find(([, all]) => all[mistake]);
  return { sentence: sentences[mistake], page };
}

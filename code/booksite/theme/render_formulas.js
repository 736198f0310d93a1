// One formula per line of standard input, as JSON; one answer per line of standard output: {html} or {error}.
// Ends when its input ends. usage: node render_formulas.js PATH_OF_KATEX
const katex = require(process.argv[2]);

function answer(line) {
  const { latex, display } = JSON.parse(line);
  try {
    return { html: katex.renderToString(latex, { displayMode: display, throwOnError: true }) };
  } catch (error) {
    return { error: error.message };
  }
}

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => process.stdout.write(JSON.stringify(answer(line)) + "\n"));

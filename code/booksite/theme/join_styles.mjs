// One style sheet of many. Reads from standard input {static, others, own, embedded, purge, content}: the folder of the site's
// static files; the style sheets of other packages, our own, and the fonts and images that become a part of the sheet, by
// their names there; whether rules of other packages that nothing uses are left out; and the files that use them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join, posix } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const { transformSync } = require("esbuild");
const { PurgeCSS } = require("purgecss");

const request = JSON.parse(readFileSync(0, "utf8"));

/** The text of a style sheet; addresses in it become relative to the folder of static files. */
function read(name) {
  const css = readFileSync(join(request.static, name), "utf8");
  return css.replace(/url\(\s*(["']?)([^"')]+)\1\s*\)/g, (whole, _, address) => {
    if (/^(data:|#)/.test(address)) return whole;
    const file = posix.normalize(posix.join(dirname(name), address));
    if (!request.embedded.includes(file)) return `url("${file}")`;
    const kind = file.endsWith(".svg") ? "image/svg+xml" : `font/${extname(file).slice(1)}`;
    return `url(data:${kind};base64,${readFileSync(join(request.static, file), "base64")})`;
  });
}

let others = request.others.map(read).join("\n");
if (request.purge) {
  // For boxes that this book does not have, which PurgeCSS does not see; with a rule on what holds the focus, Chromium
  // styles the whole page anew at each press of Tab, for 25 ms.
  others = others.replace(/[^{}]*:has\(:focus-visible\)[^{}]*\{[^{}]*\}/g, "");
  const [used] = await new PurgeCSS().purge({ content: request.content, css: [{ raw: others }], keyframes: true });
  others = used.css;
}
const css = [others, ...request.own.map(read)].join("\n");
process.stdout.write(transformSync(css, { loader: "css", minify: true, target: "es2022", charset: "utf8" }).code);

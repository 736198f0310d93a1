// HTML and drawings that a cell gave, as a page takes them. A reader may run what somebody else wrote, so what stays is
// what shows text, tables and pictures: nothing that acts, loads, lies over the page or leads to a script. The page's own
// policy refuses most of that too, and its style keeps within their box what is wider or moved.

const ELEMENTS = /^([abipqsu]|abbr|blockquote|[bh]r|caption|cite|code|col\w*|d[dlt]|del|details|dfn|div|em|fig\w+|h\d|img|ins|kbd|li|mark|[ou]l|pre|samp|small|span|strong|su[bp]|summary|t[dhr]|table|tbody|tfoot|thead|var|svg|circle|clipPath|defs|ellipse|g|image|\w+Gradient|marker|mask|path|pattern|line|poly\w+|rect|stop|text|textPath|title|tspan|use)$/;

/** Elements with an address that they may have: an image holds its own, and only a link leads out of the text. */
const LEADS = /^(im\w+ data:image\/|a (https?|mailto):|[^i]\w* #)/i;

/**
 * Attributes, and properties of a style, that show something: of most the beginning is enough, no data-* passes, and a
 * style moves nothing (its text has a colon). Of names by which a script or style of the site would take an element for its
 * own, there are only those of the book's drawings and tables.
 */
const SHOWS = /^(role=img$|class=d(ataframe|rawing( wide| narrow)?)$|id=run\d|transform=[^:]*$|(alt|open|start|viewBox|points|opacity|offset|height|[cdfr]?[xy]?[12]?|[^t]*(color|span|width)|(aria-l|border|clip|fill|font|gradient|image-r|marker|mask|padding|paint|pattern|preserve|stop|stroke|text|white)[\w-]*)=)/;

function isKept({ localName: element, style }, { localName, value }) {
  if (/^(href|src)$/.test(localName)) return LEADS.test(`${element} ${value}`);
  const shows = (name) => SHOWS.test(`${name}=${value}`);
  return (localName === "style" ? [...style].every(shows) : shows(localName)) && !/url\s*\((?!\s*["']?#)|image-set|\\/i.test(value);
}

/** The nodes of `text` that are harmless. It is read in a document of its own, where nothing runs or is loaded. */
export function harmless(text) {
  const { body } = new DOMParser().parseFromString(text, "text/html");
  for (const element of body.querySelectorAll("*")) {
    if (!ELEMENTS.test(element.localName)) element.remove();
    for (const attribute of [...element.attributes]) {
      if (!isKept(element, attribute)) element.removeAttributeNode(attribute);
    }
  }
  return body.childNodes;
}

// HTML and drawings that a cell gave, as a page takes them. A reader may run what somebody else wrote, so what stays is
// what shows text, tables and pictures: nothing that acts, loads, lies over the page or leads to a script. The page's own
// policy refuses most of that too.

const ELEMENTS = new Set(`a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em
  figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table
  tbody td tfoot th thead tr u ul var
  svg circle clipPath defs ellipse g image line linearGradient marker mask path pattern polygon polyline
  radialGradient rect stop symbol text textPath title tspan use`.split(/\s+/));

const PICTURES = /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i;

/** Whether an element may have this address. */
function leadsNowhereElse({ localName }, address) {
  if (/^im/.test(localName)) return PICTURES.test(address);
  if (address.startsWith("#")) return true;
  return localName === "a" && URL.canParse(address) && /^(https?|mailto):$/.test(new URL(address).protocol);
}

function isKept(element, { localName, value }) {
  if (/^on|^(autofocus|background|contenteditable|name|ping|popover|srcset)$/i.test(localName)) return false;
  if (/^(href|src)$/.test(localName)) return leadsNowhereElse(element, value);
  return !/url\s*\((?!\s*["']?#)/i.test(value) && !(localName === "style" && /position\s*:|image-set|\\/i.test(value));
}

/** The nodes of `text` that are harmless. It is read in a document of its own, where nothing runs or is loaded. */
export function harmless(text) {
  const { body } = new DOMParser().parseFromString(text, "text/html");
  for (const element of body.querySelectorAll("*")) {
    if (!ELEMENTS.has(element.localName)) element.remove();
    for (const attribute of [...element.attributes]) {
      if (!isKept(element, attribute)) element.removeAttributeNode(attribute);
    }
  }
  return [...body.childNodes];
}

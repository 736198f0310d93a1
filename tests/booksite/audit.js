// What only a script inside of a page can measure; `audit.py` puts it there before the page's own scripts.

window.audit = (() => {
  let shift = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) shift += entry.value; })
    .observe({ type: "layout-shift", buffered: true });

  const name = (element) => {
    const words = (element.getAttribute("aria-label") ?? element.textContent).trim().replace(/\s+/g, " ");
    return `${element.localName}${[...element.classList].map((part) => `.${part}`).join("")} “${words.slice(0, 40)}”`;
  };

  // --- contrast: one pixel is painted with everything that lies below a text, then with the text -----------------------

  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  const seen = new Map();

  function luminance(paints) {
    for (const [colour, opacity = 1] of [["#fff"], ...paints]) {
      brush.fillStyle = colour;
      brush.globalAlpha = opacity;
      brush.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].map((value) =>
      value <= 10.31 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(below, colour) {
    const key = JSON.stringify([below, colour]);
    if (!seen.has(key)) {
      const [dark, light] = [luminance(below), luminance([...below, [colour]])].sort((a, b) => a - b);
      seen.set(key, (light + 0.05) / (dark + 0.05));
    }
    return seen.get(key);
  }

  /** Large text may have less contrast. */
  const needed = ({ fontSize, fontWeight }, scale) =>
    parseFloat(fontSize) * scale >= (fontWeight >= 700 ? 18.66 : 24) ? 3 : 4.5;

  const backgrounds = (element) =>
    element ? [...backgrounds(element.parentElement), [getComputedStyle(element).backgroundColor]] : [];

  /** The fills of a drawing below a point of the window, the last on top. */
  function fillsAt(shapes, x, y) {
    const here = shapes.filter(({ box }) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom);
    const isThere = ({ shape }) => shape.isPointInFill(new DOMPoint(x, y).matrixTransform(shape.getScreenCTM().inverse()));
    return here.filter(isThere).map(({ style }) => [style.fill, style.fillOpacity * style.opacity]);
  }

  /** Texts of code and drawings with too little contrast. */
  function* pale() {
    for (const element of document.querySelectorAll("pre, pre *, code, code *")) {
      if (!element.checkVisibility() || ![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
      const style = getComputedStyle(element);
      const ratio = contrast(backgrounds(element), style.color);
      if (ratio < needed(style, 1)) yield [name(element), ratio];
    }
    for (const drawing of document.querySelectorAll("svg.drawing")) {
      if (!drawing.checkVisibility()) continue;
      const ground = backgrounds(drawing);
      const parts = [...drawing.querySelectorAll("text, path, rect, circle, ellipse, polygon")];
      const shapes = [];
      for (const part of parts) {
        const box = part.getBoundingClientRect();
        const style = getComputedStyle(part);
        if (part.localName !== "text") {
          if (style.fill !== "none" && !part.closest("defs, clipPath")) shapes.push({ shape: part, box, style });
          continue;
        }
        const fills = fillsAt(shapes, (box.left + box.right) / 2, (box.top + box.bottom) / 2);
        const ratio = contrast([...ground, ...fills], style.fill);
        if (ratio < needed(style, part.getScreenCTM().a)) yield [name(part), ratio];
      }
    }
  }

  // --- keyboard: looked at when the next Tab is pressed, after the browser has scrolled ---------------------------------

  const stops = new Set();
  const lost = [];
  let last;

  const look = (element) => {
    const around = [element, element.parentElement, element.nextElementSibling, element.labels?.[0]].filter(Boolean);
    return around.map((part) => {
      const { outline, outlineStyle, border, background, boxShadow, textDecoration, opacity, clipPath } = getComputedStyle(part);
      return [outlineStyle === "none" || outline, border, background, boxShadow, textDecoration, opacity, clipPath].join();
    }).join();
  };

  /** Whether something lies over every box of an element, or they are outside of the window. */
  function isCovered(element) {
    const middle = (from, to, size) => (Math.max(from, 0) + Math.min(to, size)) / 2;
    return [...element.getClientRects()].every(({ left, right, top, bottom }) => {
      const there = document.elementFromPoint(middle(left, right, innerWidth), middle(top, bottom, innerHeight));
      return ![element, ...(element.labels ?? [])].some((part) => part.contains(there)) && !there?.contains(element);
    });
  }

  addEventListener("keydown", ({ key, shiftKey }) => {
    if (key !== "Tab") return;
    if (last && last.look === look(last.element)) lost.push(`${name(last.element)}: the focus cannot be seen`);
    const element = document.activeElement;
    last = undefined;
    if (element === document.body || stops.has(element)) return;
    const previous = [...stops].at(-1);
    const order = shiftKey ? Node.DOCUMENT_POSITION_PRECEDING : Node.DOCUMENT_POSITION_FOLLOWING;
    if (previous && !(previous.compareDocumentPosition(element) & order)) lost.push(`${name(element)}: out of order`);
    if (isCovered(element)) lost.push(`${name(element)}: has the focus and is covered or out of the window`);
    stops.add(element);
    last = { element, look: look(element) };
  }, true);

  /** What a keyboard has to reach; of radio buttons with one name, the chosen or any. */
  const places = () => {
    const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
    return all.filter((element) => element.tabIndex >= 0 && !element.disabled && !element.closest("[inert]") &&
      element.checkVisibility({ visibilityProperty: true }) && (element.type !== "radio" || element.checked ||
      !document.querySelector(`input[name="${element.name}"]:checked`)));
  };
  const reached = (element) =>
    stops.has(element) || (element.type === "radio" && [...stops].some((stop) => stop.name === element.name));

  return {
    shift: () => shift,
    pale: () => {
      const texts = Map.groupBy(pale(), ([, ratio]) => ratio.toFixed(2));
      return [...texts].map(([ratio, all]) => `${all.length} texts such as ${all[0][0]}: ${ratio}, 4.5 needed, of large text 3`);
    },
    /** Put the focus on the first place, or the last, and count the places. */
    start: (end) => {
      places().at(end ? -1 : 0)?.focus();
      return places().length;
    },
    lost: () => [...lost, ...places().filter((place) => !reached(place)).map((place) => `${name(place)}: not reached`)],
    /** What sticks out of a window that is narrower than the page, if anything does. */
    sticksOut: (width) => {
      if (document.documentElement.scrollWidth <= width) return [];
      const scrolls = (element) => element && element !== document.body &&
        (getComputedStyle(element).overflowX !== "visible" || scrolls(element.parentElement));
      const wide = [...document.body.querySelectorAll("*")].filter((element) =>
        element.getBoundingClientRect().right > width + 1 && !scrolls(element.parentElement));
      return [`${document.documentElement.scrollWidth} px wide, such as ${wide.slice(-1).map(name)}`];
    },
  };
})();

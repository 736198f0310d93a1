"""Charts and pictures are SVG, drawn once for a page and once for a phone, in the pixels of a style sheet.

x goes to the right, y downwards. Each element carries its kind as ``data-kind``, so that a figure can be asked what it
shows. On a page the text is set in its typeface, and the colours of `PALETTE` follow the theme.
"""

import base64
import hashlib
import io
import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import NamedTuple

import numpy as np
from PIL import Image

from cnnbook.plotting.style import PALETTE, TINTS, typographic

WIDE, NARROW = 640, 340  # a little less than the columns of a page and of a phone

LABEL, SMALL = 13, 11  # letters, in pixels
_FONTS = "Source Sans 3, Source Sans Pro, Helvetica, Arial, sans-serif"


def text_width(text: str, size: float = LABEL) -> float:
    """Return about how wide a text is, in pixels; most are a little narrower."""
    return 0.5 * size * len(text)


def short(value: float) -> str:
    """Return a coordinate as text without needless digits.

    >>> short(12.0), short(0.126)
    ('12', '0.13')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


class Scale(NamedTuple):
    """A scale from the values `low` to `high` to the pixels `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def apart(positions: Sequence[float], least: float) -> list[float]:
    """Move positions to both sides, as little as can be, until neighbours are at least `least` apart; the order stays.

    >>> apart([40, 0, 10], 20)
    [40.0, -5.0, 15.0]
    """
    order = sorted(range(len(positions)), key=positions.__getitem__)
    groups: list[list[float]] = []  # positions less the room of those before them; these must not fall
    for rank, index in enumerate(order):
        group = [positions[index] - least * rank]
        while groups and np.mean(group) < np.mean(groups[-1]):
            group = groups.pop() + group
        groups.append(group)
    levels = [float(np.mean(group)) for group in groups for _ in group]
    places = {index: level + least * rank for rank, (index, level) in enumerate(zip(order, levels, strict=True))}
    return [places[index] for index in range(len(positions))]


_HALO = "paint-order: stroke; stroke: var(--paper, #0000); stroke-width: 3px"


class Drawing:
    """A drawing of a fixed width, which the caller makes as high as it gets."""

    def __init__(self, width: float, height: float = 0):
        self.width, self.height = width, height
        self.right = 0.0  # the end of what reaches farthest
        self.parts: list[str] = []
        self.images: dict[str, str] = {}

    def text(
        self, x, y, text, *, kind="label", color="", size=LABEL, anchor="start", bold=False, turned=False, halo=False
    ):
        """Write a line that begins, ends or has its middle at (x, y), its base line; its `halo` covers others."""
        attributes = f'x="{short(x)}" y="{short(y)}"'
        self.right = max(self.right, x + text_width(text, size))
        if anchor != "start":
            attributes += f' text-anchor="{anchor}"'
        if size != LABEL:
            attributes += f' font-size="{size}"'
        if bold:
            attributes += ' font-weight="600"'
        if turned:
            attributes += f' transform="rotate(-90 {short(x)} {short(y)})"'
        looks = [*([f"fill: {PALETTE[color]}"] if color else []), *([_HALO] if halo else [])]
        look = f' style="{"; ".join(looks)}"' if looks else ""
        self.parts.append(f'<text data-kind="{kind}" {attributes}{look}>{escape(typographic(text))}</text>')

    def line(self, *lines: Iterable, kind, color="muted", width=1.0, dash="", opacity=1.0):
        """Join the points, (x, y) each, of one line or of several that look alike."""
        path = "".join("M" + " ".join(f"{short(x)},{short(y)}" for x, y in points) for points in lines)
        stroke = PALETTE.get(color, color)
        style = _style(fill="none", stroke=stroke, stroke_width=width, stroke_dasharray=dash, opacity=opacity)
        self.parts.append(f'<path data-kind="{kind}" d="{path}"{style}/>')

    def box(self, x, y, width, height, *, kind, tint="", fill="", opacity=1.0, edge="", edge_width=1.0):
        """Draw a rectangle, filled with a colour of `TINTS` or, as `fill`, of `PALETTE`, or with nothing."""
        colour = TINTS[tint] if tint else PALETTE.get(fill, "none")
        style = _style(fill=colour, fill_opacity=opacity, stroke=PALETTE.get(edge, ""), stroke_width=edge_width)
        place = f'x="{short(x)}" y="{short(y)}" width="{short(width)}" height="{short(height)}"'
        self.parts.append(f'<rect data-kind="{kind}" {place}{style}/>')

    def dot(self, x, y, *, kind, color="ink", radius=2.25):
        """Draw a filled circle."""
        style = _style(fill=PALETTE[color])
        self.parts.append(f'<circle data-kind="{kind}" cx="{short(x)}" cy="{short(y)}" r="{short(radius)}"{style}/>')

    def image(self, pixels: np.ndarray, x, y, zoom: int):
        """Show an image, (height, width) or (height, width, 3) in uint8, each pixel as a square of `zoom` pixels."""
        data = png(pixels)
        name = f"i{hashlib.sha256(data).hexdigest()[:12]}"
        height, width = pixels.shape[:2]
        self.images[name] = (
            f'<image id="{name}" width="{width}" height="{height}" style="image-rendering: pixelated" '
            f'href="{address(data)}"/>'
        )
        place = f"translate({short(x)} {short(y)}) scale({zoom})"
        self.parts.append(f'<use data-kind="image" href="#{name}" transform="{place}"/>')
        self.right = max(self.right, x + zoom * width)

    def crop(self):
        """End the drawing, of images and texts that begin at their place, where they end, and return it.

        A drawing that is narrower than its column is not scaled there, so its pixels stay of one size.
        """
        self.width = math.ceil(self.right)
        return self

    def element(self, inside: str = "", attributes: str = "") -> str:
        """Return the SVG element, with `inside` after its own parts."""
        size = f'width="{short(self.width)}" height="{short(self.height)}"'
        box = f'viewBox="0 0 {short(self.width)} {short(self.height)}"'
        look = f'xmlns="http://www.w3.org/2000/svg" font-family="{_FONTS}"{attributes}'
        return f'<svg {size} {box} {look}><g font-size="{LABEL}">{"".join(self.parts)}</g>{inside}</svg>'


def _style(**values) -> str:
    """Return the attribute `style`; values that change nothing are left out."""
    nothing = {"stroke_width": 1.0, "opacity": 1.0, "fill_opacity": 1.0, "stroke_dasharray": "", "stroke": ""}
    kept = {name.replace("_", "-"): value for name, value in values.items() if value != nothing.get(name)}
    return ' style="{}"'.format("; ".join(f"{name}: {value}" for name, value in kept.items()))


def png(pixels: np.ndarray) -> bytes:
    """Encode pixels, uint8, as PNG, one pixel for each; greys as places in a palette, in as few bits as that needs."""
    buffer = io.BytesIO()
    if pixels.ndim == 2:
        greys, places = np.unique(pixels, return_inverse=True)
        image = Image.fromarray(places.reshape(pixels.shape).astype(np.uint8))
        image.putpalette(np.repeat(greys, 3).tobytes())
    else:
        image = Image.fromarray(np.ascontiguousarray(pixels))
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def address(image: bytes) -> str:
    """A PNG as an address, for a page that holds it in itself."""
    return f"data:image/png;base64,{base64.b64encode(image).decode()}"


class BothWidths:
    """A figure drawn for a page, which is what a notebook shows, and for a phone.

    The file is the wide drawing. The narrow one lies hidden in it and uses its images; a page shows the one that
    fits.
    """

    def __init__(self, draw: Callable[[int], Drawing]):
        self.wide, self.narrow = draw(WIDE), draw(NARROW)

    def _repr_svg_(self) -> str:
        images = "".join({**self.wide.images, **self.narrow.images}.values())
        defined = f"<defs>{images}</defs>" if images else ""
        return self.wide.element(defined + self.narrow.element(attributes=' data-width="narrow" display="none"'))

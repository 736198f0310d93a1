"""A drawing as an SVG file becomes a part of a page: its text is set like the page's, its colours follow the theme.

The build does so when it writes a page, and the reader's browser when a cell is run there: nothing of the build is
imported here.
"""

import math
import re
from html import escape

from cnnbook.plotting.style import PALETTE, TINTS

#: Names of the variables by colour.
VARIABLES = {colour: f"--fig-{name}" for name, colour in PALETTE.items()}
VARIABLES |= {colour: f"--fig-{name}-fill" for name, colour in TINTS.items()}

_COLOUR = re.compile("|".join(VARIABLES))
_UNITS = {"pt": 4 / 3, "": 1}  # pixels
_FILE = re.compile(
    r'<svg\b[^>]*\bwidth="([\d.]+)(pt|)" height="([\d.]+)(?:pt|)" viewBox="([^"]*)"[^>]*>(.*)</svg>', re.DOTALL
)
_LONG = re.compile(r"-?\d+\.\d{3,}")
_ZOOM = re.compile(r' scale\((\d+)\)"/>')  # of an image of pixels
_ROOM = 810  # pixels of the page's column on a large screen
_NARROW = re.compile(r'<svg\b[^>]*data-width="narrow".*?</svg>', re.DOTALL)

_SUBSCRIPT = re.compile("[₀-₉]+(?=</text>)")
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def inline(svg: str, name: str, alt: str) -> str:
    """The SVG file `svg` as one element of a page, or two of which one fits; `name` is a prefix of ids for it alone.

    `alt` says what is to be seen, for those who do not see it.
    """
    if narrow := _NARROW.search(svg):
        drawings = svg.replace(narrow[0], ""), narrow[0]
        return "".join(_inline(*drawing, name, alt) for drawing in zip(drawings, (" wide", " narrow"), strict=True))
    return _inline(svg, "", name, alt)


def _inline(svg: str, kind: str, name: str, alt: str) -> str:
    file = _FILE.search(svg)
    if file is None:
        raise ValueError(f"the drawing of {alt!r} is no SVG file with a width, a height and a viewBox")
    unit, body = _UNITS[file[2]], file[5]
    width, height = (round(unit * float(side)) for side in (file[1], file[3]))
    body = re.sub(r"<metadata>.*?</metadata>|<style\b.*?</style>|<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r"font-family: [^;\"]+;? ?| data-kind=\"[^\"]*\"", "", body)
    body = re.sub(r' transform="rotate\(-0 [\d. -]+\)"', "", body)
    body = re.sub("<[^>]+>", lambda tag: _LONG.sub(_rounded, tag[0]), body)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r' id="([^"]+)"', lambda id: f' id="{name}-{id[1]}"' if id[1] in used else "", body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", body).replace("xlink:href", "href")
    body = _COLOUR.sub(lambda colour: f"var({VARIABLES[colour[0]]}, {colour[0]})", body)
    body = re.sub(r"\s*\n\s*", " ", body)
    # The typeface has no subscripts of its own.
    body = _SUBSCRIPT.sub(
        lambda index: f'<tspan dy="0.3em" font-size="70%">{index[0].translate(_DIGITS)}</tspan>', body
    )
    label = f'class="drawing{kind}" role="img" aria-label="{escape(alt)}"'
    style = f"--width:{width}"
    if zooms := _ZOOM.findall(body):
        style += f";--large:{larger(width, math.gcd(*map(int, zooms))):g}"
    size = f'width="{width}" height="{height}" viewBox="{file[4]}" style="{style}"'
    return f"<svg {label} {size}>{body}</svg>"


def larger(width: float, zoom: int) -> float:
    """How many times as large a drawing of images may be on a large screen, with their pixels still whole.

    >>> larger(540, 2), larger(640, 5)
    (1.5, 1.2)
    """
    return max(1, int(_ROOM / width * zoom) / zoom)


def _rounded(number: re.Match) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")

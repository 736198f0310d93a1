"""Drawings become a part of the page: their text is set like the page's, and their colours follow the theme.

Figures are SVG with the colours of `cnnbook.plotting.PALETTE` and `TINTS`; here each becomes a variable of the style
sheet, which has another value in the dark theme. A file of `cnnbook.plotting.svg` holds a second drawing, for phones.
"""

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from booksite.theme.npm_packages import vendored_folder
from cnnbook.plotting.style import DARK, PALETTE, TINTS

STYLE_SHEET = "drawings.css"

#: Names of the variables by colour.
_VARIABLES = {colour: f"--fig-{name}" for name, colour in PALETTE.items()}
_VARIABLES |= {colour: f"--fig-{name}-fill" for name, colour in TINTS.items()}

_COLOUR = re.compile("|".join(_VARIABLES))
_UNITS = {"pt": 4 / 3, "": 1}  # pixels
_FILE = re.compile(
    r'<svg\b[^>]*\bwidth="([\d.]+)(pt|)" height="([\d.]+)(?:pt|)" viewBox="([^"]*)"[^>]*>(.*)</svg>', re.DOTALL
)
_LONG = re.compile(r"-?\d+\.\d{3,}")
_NARROW = re.compile(r'<svg\b[^>]*data-width="narrow".*?</svg>', re.DOTALL)

#: Of a figure drawn for both widths, the one that fits is shown.
FITTING = (
    "svg.drawing.narrow{display:none}"
    "@media screen and (max-width:660px){svg.drawing.wide{display:none}svg.drawing.narrow{display:block}}\n"
)

_SUBSCRIPT = re.compile("[₀-₉]+(?=</text>)")
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def style_sheet() -> str:
    """The variables of all colours, for both themes."""
    light = "".join(f"{name}:{colour};" for colour, name in _VARIABLES.items())
    dark = "".join(f"{name}:{DARK[name.removeprefix('--fig-')]};" for name in _VARIABLES.values())
    return f':root{{{light}}}\nhtml[data-theme="dark"]{{{dark}}}\n{FITTING}'


def with_fallbacks(markup: str) -> str:
    """Give each variable of a colour its value in the light theme, for readers that know no variables."""
    values = {name: colour for colour, name in _VARIABLES.items()}
    return re.sub(r"var\((--fig-[\w-]+)\)", lambda name: f"var({name[1]}, {values[name[1]]})", markup)


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
        raise ExtensionError(f"the drawing of {alt!r} is no SVG file with a width, a height and a viewBox")
    unit, body = _UNITS[file[2]], file[5]
    width, height = (round(unit * float(side)) for side in (file[1], file[3]))
    body = re.sub(r"<metadata>.*?</metadata>|<style\b.*?</style>|<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r"font-family: [^;\"]+;? ?| data-kind=\"[^\"]*\"", "", body)
    body = re.sub(r' transform="rotate\(-0 [\d. -]+\)"', "", body)
    body = re.sub("<[^>]+>", lambda tag: _LONG.sub(_rounded, tag[0]), body)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r' id="([^"]+)"', lambda id: f' id="{name}-{id[1]}"' if id[1] in used else "", body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", body).replace("xlink:href", "href")
    body = _COLOUR.sub(lambda colour: f"var({_VARIABLES[colour[0]]}, {colour[0]})", body)
    body = re.sub(r"\s*\n\s*", " ", body)
    # The typeface has no subscripts of its own.
    body = _SUBSCRIPT.sub(
        lambda index: f'<tspan dy="0.3em" font-size="70%">{index[0].translate(_DIGITS)}</tspan>', body
    )
    label = f'class="drawing{kind}" role="img" aria-label="{escape(alt)}"'
    size = f'width="{width}" height="{height}" viewBox="{file[4]}" style="--width:{width}"'
    return f"<svg {label} {size}>{body}</svg>"


def _rounded(number: re.Match) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def put_in(soup: BeautifulSoup, files: Mapping[str, Path]) -> None:
    """Replace every picture that is a drawing of a cell by the drawing; `files` are by last address part."""
    for image in soup.select(".cell_output img[src$='.svg']"):
        file = files.get(image["src"].rsplit("/", 1)[-1])
        if file is not None:
            drawing = inline(Path(file).read_text("utf-8"), f"d{file.stem[:8]}", image.get("alt", ""))
            image.replace_with(*BeautifulSoup(drawing, "html.parser").find_all("svg", recursive=False))


def make_standalone(drawing: Tag) -> None:
    """Turn a drawing of a page, as an HTML parser reads it, into one for XHTML, in the colours of the light theme."""
    drawing["xmlns"] = "http://www.w3.org/2000/svg"
    drawing["viewBox"] = drawing.attrs.pop("viewbox")
    for part in drawing.find_all("clippath"):
        part.name = "clipPath"
    for part in drawing.find_all(style=True):
        part["style"] = re.sub(r"var\([\w-]+, (#\w+)\)", r"\1", part["style"])


def write_style_sheet(app: Sphinx, config: Config) -> None:
    """Write the variables where Sphinx finds them; a sheet that would stay the same is not touched."""
    file = vendored_folder(app) / STYLE_SHEET
    if not file.is_file() or file.read_text("utf-8") != style_sheet():
        file.write_text(style_sheet(), "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", write_style_sheet)

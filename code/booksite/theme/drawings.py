"""Drawings become a part of the page: their text is set like the page's, and their colours follow the theme.

Figures are SVG with the colours of `cnnbook.plotting.PALETTE` and `TINTS`; here each becomes a variable of the style
sheet, which has another value in the dark theme. A file of `cnnbook.plotting.svg` holds a second drawing, for phones.
"""

import base64
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import matplotlib
from bs4 import BeautifulSoup, Tag
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from sphinx.application import Sphinx
from sphinx.config import Config

from booksite.theme.inline_drawings import VARIABLES, inline
from booksite.theme.npm_packages import vendored_folder
from cnnbook import plotting
from cnnbook.plotting.style import DARK, MARGIN, TINTS
from cnnbook.plotting.svg import address

STYLE_SHEET = "drawings.css"

_FRAME = re.compile(r"<defs>\s*<(clipPath|pattern)\b.*?</defs>| clip-path=\"[^\"]*\"", re.DOTALL)
_HATCH = re.compile(r"url\(#h\w+\)")

#: Of a figure drawn for both widths, the one that fits is shown.
FITTING = (
    "svg.drawing.narrow{display:none}"
    "@media screen and (max-width:660px){svg.drawing.wide{display:none}svg.drawing.narrow{display:block}}\n"
)


def style_sheet() -> str:
    """The variables of all colours, for both themes."""
    light = "".join(f"{name}:{colour};" for colour, name in VARIABLES.items())
    dark = "".join(f"{name}:{DARK[name.removeprefix('--fig-')]};" for name in VARIABLES.values())
    return f':root{{{light}}}\nhtml[data-theme="dark"]{{{dark}}}\n{FITTING}'


def with_fallbacks(markup: str) -> str:
    """Give each variable of a colour its value in the light theme, for readers that know no variables."""
    values = {name: colour for colour, name in VARIABLES.items()}
    return re.sub(r"var\((--fig-[\w-]+)\)", lambda name: f"var({name[1]}, {values[name[1]]})", markup)


def with_small_pictures(markup: str) -> str:
    """Compress each picture that a lab drew, which writes its pixels as they are."""

    def compress(uri: re.Match[str]) -> str:
        buffer = io.BytesIO()
        Image.open(io.BytesIO(base64.b64decode(uri[1]))).save(buffer, "PNG", optimize=True)
        return min(uri[0], address(buffer.getvalue()), key=len)

    return re.sub('data:image/png;base64,([^"]+)', compress, markup)


def put_in(soup: BeautifulSoup, files: Mapping[str, Path]) -> None:
    """Replace every picture that is a drawing of a cell by the drawing; `files` are by last address part."""
    for image in soup.select(".cell_output img[src$='.svg']"):
        file = files.get(image["src"].rsplit("/", 1)[-1])
        if file is not None:
            drawing = inline(Path(file).read_text("utf-8"), f"d{file.stem[:8]}", image.get("alt", ""))
            image.replace_with(*BeautifulSoup(drawing, "html.parser").find_all("svg", recursive=False))


def drawn(draw: Callable[[], Axes], alt: str) -> str:
    """Draw a schematic with the book's look, as a part of a page that may stand on it twice, or be hidden.

    So it has no ids: a browser fills nothing with the hatch of a drawing that it does not show. What is hatched in a
    figure is grey here, and a schematic lies within its frame without being clipped.
    """
    with matplotlib.rc_context():
        plotting.use()
        file = io.StringIO()
        cast(Figure, draw().figure).savefig(
            file, format="svg", bbox_inches="tight", pad_inches=MARGIN, metadata={"Date": None}
        )
    return inline(_HATCH.sub(TINTS["grey"], _FRAME.sub("", file.getvalue())), "drawn", alt)


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

"""Files that browsers, messengers and search engines look for: favicons, a card, a sitemap, and two more.

Favicons are drawn from the book's ``favicon.svg``. What needs a whole address is made where the site's is known: the
card that a message with a link shows, the sitemap, and the page for addresses that do not exist. ``security.txt`` says
whom to tell of a hole in security, if the repository is known.
"""

import html
import io
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
from bs4 import BeautifulSoup
from docutils import nodes
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from matplotlib import font_manager
from matplotlib.figure import Figure
from PIL import Image, ImageDraw
from sphinx.application import Sphinx

from booksite.last_change import CHANGED
from booksite.notebooks import is_site, place_of
from booksite.theme.npm_packages import TYPEFACE, TYPEFACE_FILES, find_package
from cnnbook import handout, plotting

ICON, TOUCH_ICON, CARD = "favicon.ico", "apple-touch-icon.png", "_static/card.png"
SITEMAP, NOT_FOUND, SECURITY = "sitemap.xml", "404.html", ".well-known/security.txt"

_PAPER = "#fffdfa"
_ICON_SIZES = (16, 32, 48)
_TOUCH_SIZE, _TOUCH_MARGIN = 180, 22
_CARD_INCHES, _DOTS_PER_INCH = (15, 7.875), 80  # 1200 x 630 pixels
_WEIGHTS = (400, 700)  # of the card's letters
_VALID = timedelta(days=365)


def draw_icon(svg: str, size: int, *, margin: int = 0, background: str = "#0000") -> Image.Image:
    """A square picture of an SVG file made of rectangles, with `margin` pixels of the background around it."""
    root, sharper = ElementTree.fromstring(svg), 8  # drawn large, so that edges become smooth
    scale = (size - 2 * margin) / float(root.attrib["viewBox"].split()[-1])
    picture = Image.new("RGBA", (sharper * size, sharper * size), background)
    draw = ImageDraw.Draw(picture)
    for shape in root.iter("{http://www.w3.org/2000/svg}rect"):
        left, top, width, height = (float(shape.attrib[name]) for name in ("x", "y", "width", "height"))
        corners = [sharper * (margin + scale * corner) for corner in (left, top, left + width, top + height)]
        draw.rectangle(
            [round(corners[0]), round(corners[1]), round(corners[2]) - 1, round(corners[3]) - 1], shape.attrib["fill"]
        )
    return picture.resize((size, size), Image.Resampling.BOX)


@contextmanager
def typeface(root: Path | str) -> Iterator[None]:
    """Let Matplotlib draw in the book's typeface, regular and bold, of which it reads no variable font."""
    fonts = font_manager.fontManager
    known = list(fonts.ttflist)
    with tempfile.TemporaryDirectory() as folder, matplotlib.rc_context():
        for weight in _WEIGHTS:
            font = TTFont(find_package(root, TYPEFACE) / "files" / TYPEFACE_FILES[0])
            instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True)
            font.flavor = None
            font.save(Path(folder, f"{weight}.ttf"))
            fonts.addfont(Path(folder, f"{weight}.ttf"))
        plotting.use()
        matplotlib.rcParams["font.sans-serif"].insert(0, fonts.ttflist[-1].name)
        yield
    fonts.ttflist[:] = known


def draw_card(root: Path | str, title: str, description: str) -> bytes:
    """The card of the book as a PNG file: its title, what it is, and one complete cell of a convolution."""
    with typeface(root):
        figure = Figure(_CARD_INCHES, dpi=_DOTS_PER_INCH, facecolor=_PAPER)
        axes = figure.add_axes((0.62, 0.04, 0.35, 0.92))
        plotting.volume_trace(handout.VOLUME, handout.FILTERS, handout.BIAS, row=1, column=0, axes=axes)
        ink, muted = plotting.PALETTE["ink"], plotting.PALETTE["muted"]
        words: dict[str, Any] = {"x": 0.06, "linespacing": 1.0}
        figure.text(y=0.88, s=textwrap.fill(title, 14), size=52, weight="bold", color=ink, va="top", **words)
        figure.text(y=0.10, s=textwrap.fill(description, 44), size=22, color=muted, va="bottom", **words)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=_DOTS_PER_INCH, facecolor=_PAPER, metadata={"Software": None})
    return file.getvalue()


def icons(svg: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the icons besides the SVG file itself."""
    sizes = [draw_icon(svg, size) for size in _ICON_SIZES]
    yield ICON, _content(sizes[-1], "ICO", append_images=sizes[:-1], sizes=[(size, size) for size in _ICON_SIZES])
    yield TOUCH_ICON, _content(draw_icon(svg, _TOUCH_SIZE, margin=_TOUCH_MARGIN, background=_PAPER), "PNG")


def _content(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def sitemap(pages: dict[str, str]) -> str:
    """A sitemap of pages, by address with the date of the last change, which may be empty.

    >>> sitemap({"https://a.org/b.html": "2026-01-02"}).splitlines()[2]
    '<url><loc>https://a.org/b.html</loc><lastmod>2026-01-02</lastmod></url>'
    """
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">']
    for address, changed in pages.items():
        date = f"<lastmod>{changed}</lastmod>" if changed else ""
        lines.append(f"<url><loc>{html.escape(address)}</loc>{date}</url>")
    return "\n".join([*lines, "</urlset>\n"])


def site_files(app: Sphinx) -> Iterator[tuple[str, bytes]]:
    """Names and contents of all files that this book can have."""
    place, dates = place_of(app.config), {page: app.env.metadata[page][CHANGED] for page in app.env.found_docs}
    title = app.config.html_title or app.config.project
    if app.config.html_favicon:
        yield from icons(Path(app.srcdir, app.config.html_favicon).read_text("utf-8"))
    if place.site:
        yield CARD, draw_card(app.srcdir, title, app.config.cnnbook_card)
        pages = {place.page(name): dates[name] for name in sorted(app.env.found_docs) if not _is_unlisted(app, name)}
        yield SITEMAP, sitemap(pages).encode()
        context = {"front": place.page(app.config.root_doc), "search": place.page("search"), "title": title}
        yield NOT_FOUND, app.builder.templates.render("404.html", context).encode()
    *_, contact = place.feedback("")
    if contact and any(dates.values()):
        expires = date.fromisoformat(max(dates.values())) + _VALID
        yield SECURITY, f"Contact: {contact}\nExpires: {expires}T00:00:00Z\n".encode()


def _is_unlisted(app: Sphinx, page: str) -> bool:
    """Whether a page's front matter says ``noindex: true``: no search engine leads a student to all answers."""
    return bool(app.env.metadata[page].get("noindex"))


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write the files that the book has now, and no others; those that would stay the same are not touched."""
    if exception is not None or not is_site(app):
        return
    files = dict(site_files(app))
    for name in {ICON, TOUCH_ICON, CARD, SITEMAP, NOT_FOUND, SECURITY} - files.keys():
        Path(app.outdir, name).unlink(missing_ok=True)
    for name, content in files.items():
        file = Path(app.outdir, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_file() or file.read_bytes() != content:
            file.write_bytes(content)


def add_tags(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Name icons and card in the head of a page."""
    if not is_site(app):
        return
    tags, place, up = [context.get("metatags", "")], place_of(app.config), "../" * pagename.count("/")
    if app.config.html_favicon:
        tags.append(f'<link rel="icon" href="{up}{ICON}" sizes="{_ICON_SIZES[-1]}x{_ICON_SIZES[-1]}" />')
        tags.append(f'<link rel="apple-touch-icon" href="{up}{TOUCH_ICON}" />')
    if doctree is not None and _is_unlisted(app, pagename):
        tags.append('<meta name="robots" content="noindex" />')
    if doctree is not None and place.site:
        card = {
            "og:title": app.env.titles[pagename].astext(),
            "og:description": description_of(tags[0]),
            "og:type": "article",
            "og:site_name": app.config.html_title or app.config.project,
            "og:url": place.page(pagename),
            "og:image": place.file(CARD),
            "og:image:alt": "One cell of a convolution, worked out: windows, products, sums and the output.",
        }
        tags += [f'<meta property="{name}" content="{html.escape(text)}" />' for name, text in card.items()]
        tags.append('<meta name="twitter:card" content="summary_large_image" />')
    context["metatags"] = "\n".join(tags)


def description_of(tags: str) -> str:
    """The description in the head of a page.

    >>> description_of('<meta content="Rows &amp; filters" name="description" />')
    'Rows & filters'
    """
    tag = BeautifulSoup(tags, "html.parser").find("meta", attrs={"name": "description"})
    return tag["content"] if tag else ""


def setup(app: Sphinx) -> None:
    app.add_config_value("cnnbook_card", "", "html")
    app.connect("html-page-context", add_tags, priority=600)  # after the description
    app.connect("build-finished", write_files)

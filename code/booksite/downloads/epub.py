"""The book as EPUB 3: one XHTML file per chapter, formulas as MathML, solutions in the last chapter."""

import copy
import html
import os
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path

from bs4 import Comment

from booksite import zip_files
from booksite.downloads import DownloadError
from booksite.downloads.book import Book, Chapter
from booksite.theme.drawings import FITTING, make_standalone

STYLE = Path(__file__).parent / "epub.css"
_CODE_COLOURS = "_static/pygments.css"

#: What an EPUB may hold without another format beside it.
_PICTURE_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
}

#: Attributes for scripts and small screens, or from HTML 4, which XHTML 5 has given up.
_UNWANTED = ("tabindex", "align", "valign", "border", "cellpadding", "cellspacing")

_CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="EPUB/content.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""


def make_epub(book: Book) -> bytes:
    """Pack the book: the same bytes for the same site when ``SOURCE_DATE_EPOCH`` says what time it is."""
    addresses = _addresses(book.chapters)
    bodies = {chapter.slug: _body(chapter, addresses) for chapter in book.chapters}
    pictures = list(dict.fromkeys(img["src"] for chapter in book.chapters for img in chapter.content.select("img")))
    texts = {
        "title.xhtml": _document(book, book.title, _title_page(book)),
        "nav.xhtml": _document(book, "Contents", _navigation(book, addresses)),
        "content.opf": _package(book, bodies, pictures),
        "style.css": STYLE.read_text("utf-8") + FITTING + _lab_styles(book.site) + _code_colours(book.site),
    }
    texts |= {
        f"{chapter.slug}.xhtml": _document(book, chapter.title, bodies[chapter.slug]) for chapter in book.chapters
    }
    files = {"META-INF/container.xml": _CONTAINER.encode()}
    files |= {f"EPUB/{name}": text.encode() for name, text in texts.items()}
    files |= {f"EPUB/{_picture_name(source)}": _picture(book.site / source) for source in pictures}
    return zip_files.zipped(files, first=("mimetype", b"application/epub+zip"))


def _addresses(chapters: list[Chapter]) -> dict[str, str]:
    """Give the address of every id of the book: a file, and the place in it unless that is its beginning."""
    addresses: dict[str, str] = {}
    for chapter in chapters:
        file = f"{chapter.slug}.xhtml"
        addresses |= {element["id"]: f"{file}#{element['id']}" for element in chapter.content.find_all(id=True)}
        addresses[chapter.slug] = file
    return addresses


def _body(chapter: Chapter, addresses: dict[str, str]) -> str:
    """Write a chapter as XHTML."""
    content = copy.copy(chapter.content)
    for visual_formula in content.select(".katex-html"):
        visual_formula.decompose()
    for comment in content.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for drawing in content.select("svg.drawing"):
        make_standalone(drawing)
    for element in content.find_all(True):
        for name in _UNWANTED:
            element.attrs.pop(name, None)
        if element.name == "img":
            element["src"] = _picture_name(element["src"])
        elif element.name == "a" and element.get("href", "").startswith("#"):
            element["href"] = addresses[element["href"][1:]]
    # A table that scrolls in a box on the site stands alone here.
    for box in content.select(".pst-scrollable-table-container"):
        box.unwrap()
    content.name, content["id"], content["class"] = "section", chapter.slug, ["chapter"]
    return str(content)


def _picture_name(source: str) -> str:
    if Path(source).suffix.lower() not in _PICTURE_TYPES:
        raise DownloadError(f"An EPUB shows SVG, PNG, JPEG and GIF files, and the picture {source} is none of them.")
    return f"images/{source}"  # with its folder: another folder may hold another picture of the same name


def _picture(path: Path) -> bytes:
    """Read a picture, an SVG file without its document type and the notes of the program that drew it."""
    if path.suffix.lower() != ".svg":
        return path.read_bytes()
    text = re.sub(r"<!DOCTYPE[^>]*>", "", path.read_text("utf-8"))
    return re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL).encode()


def _lab_styles(site: Path) -> str:
    """How the parts of a lab's first picture stand, from the site's style sheet."""
    file = site / "_static" / "lab.css"
    return file.read_text("utf-8") if file.is_file() else ""


def _code_colours(site: Path) -> str:
    """Take the colours of code on light paper from the site's style sheet."""
    file = site / _CODE_COLOURS
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    light = 'html[data-theme="light"] '
    return "\n".join(line.removeprefix(light) for line in lines if line.startswith(light + ".highlight .")) + "\n"


# --- the files around the chapters ------------------------------------------------------------------------------------


def _document(book: Book, title: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="{book.language}" '
        f'xml:lang="{book.language}">\n<head><meta charset="utf-8"/><title>{html.escape(title)}</title>'
        f'<link rel="stylesheet" href="style.css"/></head>\n<body>{body}</body>\n</html>\n'
    )


def _title_page(book: Book) -> str:
    return (
        f'<section class="title-page"><h1>{html.escape(book.title)}</h1><p>{html.escape(book.description)}</p>'
        f"{book.imprint}</section>"
    )


def _navigation(book: Book, addresses: dict[str, str]) -> str:
    """Make the contents that readers show in their own menu."""

    def entry(target: str, title: str, children: str = "") -> str:
        return f'<li><a href="{addresses[target]}">{html.escape(title)}</a>{children}</li>'

    rows = []
    for caption, chapters in book.parts:
        entries = ""
        for chapter in chapters:
            sections = "".join(entry(target, title) for target, title in chapter.sections)
            entries += entry(chapter.slug, chapter.title, f"<ol>{sections}</ol>" if sections else "")
        rows.append(f"<li><span>{html.escape(caption)}</span><ol>{entries}</ol></li>" if caption else entries)
    return (
        f'<nav epub:type="toc" id="toc"><h1>Contents</h1><ol>{"".join(rows)}</ol></nav>'
        f'<nav epub:type="landmarks" hidden="hidden"><ol><li><a epub:type="toc" href="#toc">Contents</a></li>'
        f'<li><a epub:type="bodymatter" href="{book.chapters[0].slug}.xhtml">Beginning</a></li></ol></nav>'
    )


def _package(book: Book, bodies: dict[str, str], pictures: list[str]) -> str:
    """List everything in the book, and the order of reading."""
    identifier = uuid.uuid5(uuid.NAMESPACE_URL, (book.address or "") + book.title).urn
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    modified = datetime.fromtimestamp(int(seconds), UTC) if seconds else datetime.now(UTC)
    rows = []
    for slug, body in bodies.items():
        held = " ".join(name for name, tag in {"mathml": "<math", "svg": "<svg"}.items() if tag in body)
        properties = f' properties="{held}"' if held else ""
        rows.append(f'<item id="page-{slug}" href="{slug}.xhtml" media-type="application/xhtml+xml"{properties}/>')
    for number, source in enumerate(pictures):
        media_type = _PICTURE_TYPES[Path(source).suffix.lower()]
        rows.append(f'<item id="picture-{number}" href="{_picture_name(source)}" media-type="{media_type}"/>')
    items = "\n    ".join(rows)
    order = "".join(f'<itemref idref="page-{slug}"/>' for slug in bodies)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="name" xml:lang="{book.language}">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
    <dc:identifier id="name">{identifier}</dc:identifier>
    <dc:title>{html.escape(book.title)}</dc:title>
    <dc:language>{book.language}</dc:language>
    <dc:description>{html.escape(book.description)}</dc:description>
    <dc:rights>{html.escape(book.copyright)}</dc:rights>
    <meta property="dcterms:modified">{modified:%Y-%m-%dT%H:%M:%SZ}</meta>
    <meta property="schema:accessMode">textual</meta>
    <meta property="schema:accessMode">visual</meta>
    <meta property="schema:accessModeSufficient">textual</meta>
    <meta property="schema:accessibilityFeature">alternativeText</meta>
    <meta property="schema:accessibilityFeature">MathML</meta>
    <meta property="schema:accessibilityFeature">tableOfContents</meta>
    <meta property="schema:accessibilityHazard">none</meta>
  </metadata>
  <manifest>
    <item id="title" href="title.xhtml" media-type="application/xhtml+xml"/>
    <item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
    <item id="style" href="style.css" media-type="text/css"/>
    {items}
  </manifest>
  <spine><itemref idref="title"/><itemref idref="nav"/>{order}</spine>
</package>
"""

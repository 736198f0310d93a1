"""The book as EPUB 3: one XHTML file a page, formulas as MathML, solutions in the last chapter."""

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
from booksite.downloads.reading import SOLUTIONS, own_sections, solutions_chapter

STYLE = Path(__file__).parent / "epub.css"
_COLOURS = "_static/pygments.css"

#: What an EPUB may hold without another format beside it.
_PICTURES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
}

#: Python's HTML parser writes all attributes in small letters; XML minds.
_CAMEL = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}

#: Attributes for scripts and small screens, or from HTML 4, which XHTML 5 has given up.
_UNWANTED = ("tabindex", "align", "valign", "border", "cellpadding", "cellspacing")

_CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="EPUB/content.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""


def make_epub(book):
    """Pack the book.

    Parameters
    ----------
    book : booksite.downloads.reading.Book

    Returns
    -------
    bytes
        The same for the same site when ``SOURCE_DATE_EPOCH`` says what time it is.

    Raises
    ------
    DownloadError
        A picture has a format that EPUB does not know.
    """
    chapters = {page.slug: (page.title, page.content) for page in book.pages}
    if last := solutions_chapter(book):
        chapters[SOLUTIONS] = ("Solutions", last)
    files = _files_of_ids(chapters)
    pictures, items = {}, []
    written = {"title.xhtml": _document(book, book.title, _title_page(book))}
    for slug, (title, content) in chapters.items():
        body = _chapter(book, slug, content, files, pictures)
        written[f"{slug}.xhtml"] = _document(book, title, body)
        items.append((slug, "mathml" if "<math" in body else ""))
    written["nav.xhtml"] = _document(book, "Contents", _navigation(book, chapters, files))
    written["content.opf"] = _package(book, items, pictures)
    written["style.css"] = STYLE.read_text("utf-8") + _code_colours(book.site)
    content = {"META-INF/container.xml": _CONTAINER.encode()}
    content |= {f"EPUB/{name}": text.encode() for name, text in written.items()}
    content |= {f"EPUB/{name}": _picture(book.site / source) for source, name in pictures.items()}
    return zip_files.pack(content, first=("mimetype", b"application/epub+zip"))


def _files_of_ids(chapters):
    """Say for every id of the book in which file it is."""
    files = {}
    for slug, (_, content) in chapters.items():
        files[slug] = f"{slug}.xhtml"
        for element in content.find_all(id=True):
            files[element["id"]] = f"{slug}.xhtml"
    return files


def _chapter(book, slug, content, files, pictures):
    """Write the body of a page as XHTML; pictures that it shows are added to `pictures`."""
    content = copy.copy(content)
    for shown in content.select(".katex-html"):
        shown.decompose()
    for comment in content.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for element in content.find_all(True):
        for name in _UNWANTED:
            element.attrs.pop(name, None)
        for small, camel in _CAMEL.items():
            if small in element.attrs:
                element[camel] = element.attrs.pop(small)
        if element.name == "img" and not element["src"].startswith("data:"):
            element["src"] = pictures.setdefault(element["src"], _picture_name(element["src"]))
        elif element.name == "a" and element.get("href", "").startswith("#"):
            element["href"] = _reference(element["href"][1:], files)
    for table in content.find_all("table"):
        _wrap_rows(table)
    content.name, content["id"], content["class"] = "section", slug, ["chapter"]
    return str(content)


def _wrap_rows(table):
    """A table that scrolls in a box on the site stands alone here."""
    box = table.parent
    if box is not None and "pst-scrollable-table-container" in box.get("class", []):
        box.unwrap()


def _reference(target, files):
    name = files[target]
    return name if name == f"{target}.xhtml" else f"{name}#{target}"


def _picture_name(source):
    if Path(source).suffix.lower() not in _PICTURES:
        raise DownloadError(f"The picture {source} is no SVG, PNG, JPEG or GIF file, and an EPUB shows no other.")
    return f"images/{source}"  # with its folder: another folder may hold another picture of the same name


def _picture(path):
    """Read a picture; from an SVG file go the document type and the notes of the program that drew it."""
    if path.suffix.lower() != ".svg":
        return path.read_bytes()
    text = path.read_text("utf-8")
    text = re.sub(r"<!DOCTYPE[^>]*>", "", text)
    return re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL).encode()


def _code_colours(site):
    """Take the colours of code from the site's style sheet, those on light paper."""
    file = Path(site, _COLOURS)
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    light = 'html[data-theme="light"] '
    return "\n".join(line.removeprefix(light) for line in lines if line.startswith(light + ".highlight .")) + "\n"


# --- the files around the chapters ------------------------------------------------------------------------------------


def _document(book, title, body):
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="{book.language}" '
        f'xml:lang="{book.language}">\n<head><meta charset="utf-8"/><title>{html.escape(title)}</title>'
        f'<link rel="stylesheet" href="style.css"/></head>\n<body>{body}</body>\n</html>\n'
    )


def _title_page(book):
    licence = book.licence.decode_contents() if book.licence else ""
    address = f'<p>On the web: <a href="{book.address}">{book.address}</a></p>' if book.address else ""
    return (
        f'<section class="title-page"><h1>{html.escape(book.title)}</h1><p>{html.escape(book.description)}</p>'
        f"{address}<p>{html.escape(book.copyright)}</p><p>{licence}</p></section>"
    )


def _navigation(book, chapters, files):
    """Make the contents that readers show in their own menu."""

    def entry(slug, title, inner=""):
        return f'<li><a href="{_reference(slug, files)}">{html.escape(title)}</a>{inner}</li>'

    rows = []
    for caption, pages in book.parts:
        entries = []
        for page in pages:
            inner = "".join(entry(target, title) for target, title in own_sections(book, page))
            entries.append(entry(page.slug, page.title, f"<ol>{inner}</ol>" if inner else ""))
        rows += [f"<li><span>{html.escape(caption)}</span><ol>{''.join(entries)}</ol></li>"] if caption else entries
    if SOLUTIONS in chapters:
        rows.append(entry(SOLUTIONS, "Solutions"))
    first = book.pages[0].slug
    return (
        f'<nav epub:type="toc" id="toc"><h1>Contents</h1><ol>{"".join(rows)}</ol></nav>'
        f'<nav epub:type="landmarks" hidden="hidden"><ol><li><a epub:type="toc" href="#toc">Contents</a></li>'
        f'<li><a epub:type="bodymatter" href="{first}.xhtml">Beginning</a></li></ol></nav>'
    )


def _package(book, items, pictures):
    """Make the list of everything in the book, and the order of reading."""
    name = uuid.uuid5(uuid.NAMESPACE_URL, (book.address or "") + book.title).urn
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(seconds), UTC) if seconds else datetime.now(UTC)
    rows = [f'<item id="page-{slug}" href="{slug}.xhtml" media-type="application/xhtml+xml"'
            + (f' properties="{properties}"' if properties else "") + "/>" for slug, properties in items]  # fmt: skip
    for place, picture in enumerate(pictures.values()):
        rows.append(
            f'<item id="picture-{place}" href="{picture}" media-type="{_PICTURES[Path(picture).suffix.lower()]}"/>'
        )
    order = "".join(f'<itemref idref="page-{slug}"/>' for slug, _ in items)
    newline = "\n    "
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="name" xml:lang="{book.language}">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
    <dc:identifier id="name">{name}</dc:identifier>
    <dc:title>{html.escape(book.title)}</dc:title>
    <dc:language>{book.language}</dc:language>
    <dc:description>{html.escape(book.description)}</dc:description>
    <dc:rights>{html.escape(book.copyright)}</dc:rights>
    <meta property="dcterms:modified">{moment:%Y-%m-%dT%H:%M:%SZ}</meta>
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
    {newline.join(rows)}
  </manifest>
  <spine><itemref idref="title"/><itemref idref="nav"/>{order}</spine>
</package>
"""

"""Where the built site lies, and its pages."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"

NOT_PAGES = {"_static", "_downloads", "lite"}  # folders with HTML files that are no pages of the book


def built_pages():
    """Paths of the pages below the site, taken from the site itself; pages that only redirect are left out."""
    paths = (path for path in sorted(SITE.rglob("*.html")) if not NOT_PAGES & set(path.relative_to(SITE).parts))
    return [
        path.relative_to(SITE).as_posix() for path in paths if 'http-equiv="Refresh"' not in path.read_text("utf-8")
    ]


def source_of(page):
    """The Markdown file of a built page; search has none."""
    return ROOT / Path(page).with_suffix(".md")

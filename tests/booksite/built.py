"""Where the built site lies, and its pages."""

from pathlib import Path

from booksite.theme.leftovers import page_files

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"


def built_pages():
    """Paths of the pages below the site, taken from the site itself; pages that only redirect are left out."""
    return [
        path.relative_to(SITE).as_posix()
        for path in page_files(SITE)
        if 'http-equiv="Refresh"' not in path.read_text("utf-8")
    ]


def source_of(page):
    """The Markdown file of a built page; search has none."""
    return ROOT / Path(page).with_suffix(".md")

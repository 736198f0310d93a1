"""The exported files: written into the site by a build, and anywhere by ``python -m booksite lms``."""

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from sphinx.application import Sphinx

from booksite.downloads.front_page import size_in_words
from booksite.lms import LmsError, banks, moodle, pages, qti12, qti21
from booksite.lms.items import Item
from booksite.notebooks import is_site
from booksite.placeholders import Placeholder
from cnnbook.practice import KINDS, LEVELS

#: The folder in the site.
FOLDER = "lms"

#: Seeds of the bank of practice problems that the site offers.
SEEDS = range(1, 6)

#: Seeds of one bank at most: a slip such as 1-999999999 would draw problems for days.
MOST_SEEDS = 1000

WRITERS = {"moodle.xml": moodle.write, "qti-2.1.zip": qti21.write, "qti-1.2.zip": qti12.write}

#: Where each file is imported.
IMPORTS = {
    "moodle.xml": "Moodle: Question bank, Import, Moodle XML format",
    "qti-2.1.zip": "Brightspace, Blackboard, ILIAS and others that import QTI 2.1",
    "qti-1.2.zip": "Canvas: Settings, Import Course Content, QTI .zip file; others that import QTI 1.2",
}

#: Where the teachers' page links to the files.
PLACE = Placeholder("lms-files")


def questions(site: Path) -> dict[str, bytes]:
    """The files of the questions of a built site, by name."""
    return _files(pages.read_items(site), pages.title_of(site))


def bank(
    site: Path, seeds: Sequence[int], *, kinds: Sequence[str] = KINDS, levels: Sequence[int] = LEVELS
) -> dict[str, bytes]:
    """The files of a bank of practice problems, whose names say which; the site says where the book is published."""
    names = ["practice", f"{seeds[0]}-{seeds[-1]}" if len(seeds) > 1 else str(seeds[0])]
    names += [f"level-{level}" for level in levels if len(levels) < len(LEVELS)]
    names += [kind.replace("_", "-") for kind in kinds if len(kinds) < len(KINDS)]
    items = banks.draw_items(seeds, kinds=kinds, levels=levels, site=pages.address_of(site))
    return _files(items, f"{pages.title_of(site)}: practice", before="-".join(names) + "-")


def _files(items: Sequence[Item], title: str, *, before: str = "") -> dict[str, bytes]:
    return {f"{before}{name}": write(items, title) for name, write in WRITERS.items()}


def read_seeds(text: str) -> range:
    """Seeds as a command takes them.

    >>> read_seeds("1-50"), read_seeds("7")
    (range(1, 51), range(7, 8))
    """
    written = re.fullmatch(r"([0-9]{1,10})(?:-([0-9]{1,10}))?", text)
    seeds = range(int(written[1]), int(written[2] or written[1]) + 1) if written else range(0)
    if not 1 <= len(seeds) <= MOST_SEEDS:
        raise LmsError(f"seeds are a number or a range such as 1-50, of {MOST_SEEDS:,} at most; got {text!r}")
    return seeds


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write the files into a site that has a page with a place for their links."""
    if exception is not None or not is_site(app) or not (places := PLACE.pages(app)):
        return
    site = Path(app.outdir)
    groups = {
        "Questions of the book": questions(site),
        f"Practice problems of {len(SEEDS)} seeds": bank(site, SEEDS),
    }
    fill_folder(site / FOLDER, {name: content for files in groups.values() for name, content in files.items()})
    for page, file in places.items():
        text = file.read_text("utf-8")
        filled = PLACE.fill(text, links(groups, "../" * page.count("/")))
        if filled != text:
            file.write_text(filled, "utf-8")


def fill_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Let a folder hold these files and no others, such as those of other seeds; one that would stay is not touched."""
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        if file.name not in files:
            file.unlink()
    for name, content in files.items():
        file = folder / name
        if not file.is_file() or file.read_bytes() != content:
            file.write_bytes(content)


def links(groups: Mapping[str, Mapping[str, bytes]], up: str) -> str:
    """A line of links for each group of files; `up` leads from the page to the site."""
    lines = []
    for label, files in groups.items():
        listed = ", ".join(
            f'<a class="reference download" href="{up}{FOLDER}/{html.escape(name)}" download>{html.escape(name)}</a> '
            f"({size_in_words(len(content))})"
            for name, content in files.items()
        )
        lines.append(f"<li><p>{html.escape(label)}: {listed}</p></li>")
    return f'<ul class="simple">{"".join(lines)}</ul>'


def setup(app: Sphinx) -> None:
    PLACE.add_to(app)
    app.connect("build-finished", write_files)

"""Fonts cut down to the characters that the site shows, since every page has them in its style sheet."""

import html
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from booksite.digests import file_digest
from booksite.theme.leftovers import page_files
from booksite.theme.npm_packages import TYPEFACE, TYPEFACE_FILES, find_package

#: What a reader may type into a field.
_KEYBOARD = set(map(chr, range(32, 127)))


def subset_font(source: Path, target: Path, characters: set[int], **options: Any) -> None:
    """Write the glyphs of `characters` (code points) of the font `source` to `target`, usually WOFF without hints."""
    from fontTools import subset  # here, since most builds cut no font

    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it wonders at old dates in a font
    usual = {"flavor": "woff", "layout_features": [], "hinting": False, "notdef_outline": True}
    chosen = subset.Options(**(usual | options))
    font = subset.load_font(str(source), chosen)
    subsetter = subset.Subsetter(chosen)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    subset.save_font(font, str(target), chosen)


def subset_fonts(
    sources: Iterable[Path], folder: Path, characters: set[str], *, note: Path, suffix: str, **options: Any
) -> None:
    """Write fonts of one folder, cut to `characters`, to another, unless they stand there from an earlier build.

    What they were made from stands in the file `note`, which is no part of the site.
    """
    targets = {source: folder / f"{source.stem}{suffix}" for source in sources}
    digest = file_digest(next(iter(targets)).parent, targets, sorted(characters), suffix, options)
    are_there = all(target.is_file() for target in targets.values())
    if are_there and note.is_file() and note.read_text("utf-8") == digest:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for source, target in targets.items():
        subset_font(source, target, set(map(ord, characters)), **options)
    note.write_text(digest, "utf-8")


def shown_characters(site: Path) -> set[str]:
    """Every character of the pages' and scripts' text, so also some that only their code has, and of a keyboard."""
    files = [*page_files(site), *site.glob("_static/*.js")]
    return _KEYBOARD.union(*(html.unescape(file.read_text("utf-8")) for file in files)) - set("\r\n\t")


def cut_typeface(app: Sphinx, exception: Exception | None) -> None:
    """Write the typeface of the text, with all its weights and features."""
    if exception is None and app.builder.format == "html":
        package, site = find_package(app.srcdir, TYPEFACE), Path(app.outdir)
        sources = [package / "files" / name for name in TYPEFACE_FILES]
        characters, folder = shown_characters(site), site / "_static" / "fonts"
        options: dict[str, Any] = {"suffix": ".woff2", "flavor": "woff2", "layout_features": ["*"]}
        subset_fonts(sources, folder, characters, note=site.parent / ".typeface-made-from", **options)


def setup(app: Sphinx) -> None:
    # After the parts that write words into finished pages, before `theme.bundles`.
    app.connect("build-finished", cut_typeface, priority=800)

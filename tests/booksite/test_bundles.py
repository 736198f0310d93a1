"""One style sheet and one script for every page: what they hold, and what a page asks for beside them."""

import re
import shutil

import pytest
from built import ROOT, SITE, built_pages
from sphinx.errors import ExtensionError

from booksite.scripts import ENTRIES, STYLES
from booksite.theme import bundles

STATIC = SITE / "_static"


def test_a_page_asks_for_the_bundles_and_its_own_scripts_alone():
    states = set()
    for page in built_pages():
        text = (SITE / page).read_text("utf-8")
        files = re.findall(r'(?:href|src)="[^"]*_static/([\w./-]+\.(?:css|js))', text)
        of_some = {*(f"{name}.js" for name in ENTRIES), *STYLES.values()}
        assert {"site.css", "site.js"} <= set(files) <= {"site.css", "site.js", *of_some}
        states |= set(re.findall(r"site\.css\?v=\w{8}", text))
    assert len(states) == 1


def test_ours_are_whole_and_what_no_page_uses_is_gone():
    css = (STATIC / bundles.STYLE_SHEET).read_text("utf-8")
    own = (ROOT / "book/assets/quiz.css").read_text("utf-8")
    assert set(re.findall(r"\.quiz-[\w-]+", own)) <= set(re.findall(r"\.quiz-[\w-]+", css))
    for used in (
        ".bd-sidebar-primary",
        ".katex-display",
        ".admonition-title",
        ".copybtn.success",
        '[data-theme="dark"]',
        "dialog",
    ):
        assert used in css or used.replace('"', "") in css
    theme = (STATIC / "styles/pydata-sphinx-theme.css").read_text("utf-8")
    for unused in (
        ".carousel-item",
        ".accordion-button",
        ".offcanvas-top",
        ".list-group-item",
        ".version-switcher__menu",
    ):
        assert unused in theme
        assert unused not in css
    assert not re.findall(r'url\("?(?!data:|fonts/|katex/fonts/|#)[^)]*\)', css)


def test_no_rule_styles_the_page_anew_with_each_move_of_the_focus_or_the_pointer():
    """Chromium does so for `:has(:focus-visible)` and the like: 25 ms for each press of Tab on a long page."""
    for sheet in (bundles.STYLE_SHEET, *STYLES.values()):
        css = (STATIC / sheet).read_text("utf-8")
        assert re.findall(r"[^{}]{0,80}:has\([^){}]*:(?:focus|hover|active)", css) == [], sheet


def test_one_switch_leaves_every_rule_in(monkeypatch):
    monkeypatch.setattr(bundles, "PURGE", False)
    assert ".carousel-item" in bundles.join_styles(ROOT, STATIC, [SITE / "search.html"])


def test_a_file_that_is_gone_is_named(tmp_path):
    static = tmp_path / "_static"
    shutil.copytree(STATIC, static, ignore=shutil.ignore_patterns("copybutton.js", "copybutton.css"))
    with pytest.raises(ExtensionError, match=r"no file copybutton\.js"):
        bundles.join_scripts(ROOT, static)
    with pytest.raises(ExtensionError, match=r"no file copybutton\.css"):
        bundles.join_styles(ROOT, static, [])

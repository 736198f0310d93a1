"""Favicons, the card, the sitemap, the page for wrong addresses, security.txt; and the line below each page."""

import io
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import checks
import pytest
from built import ROOT, SITE, built_pages
from jinja2 import Environment, FileSystemLoader
from PIL import Image
from serving import served

from booksite import last_change, site_files
from booksite.notebooks.addresses import Place, commit_dates
from booksite.theme.overrides import TEMPLATES

_FAVICON = ROOT / "book/assets/favicon.svg"
_PAGES = ("book/intro", "book/a & b")


def picture(content):
    return Image.open(io.BytesIO(content))


def render(name, context):
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=False).get_template(name).render(context)


def book(repository="", site="", dates=None):
    """What the files are made from."""
    config = SimpleNamespace(
        cnnbook_repository=repository, cnnbook_site=site, cnnbook_commit="", cnnbook_card="About it.",
        html_title="The book", html_favicon=_FAVICON, root_doc="book/intro",
    )  # fmt: skip
    titles = {name: SimpleNamespace(astext=lambda name=name: f"On {name}") for name in _PAGES}
    metadata = {name: {last_change.CHANGED: (dates or {}).get(name, "")} for name in _PAGES}
    env = SimpleNamespace(
        found_docs=set(_PAGES), metadata=metadata, titles=titles, doc2path=lambda name, base: Path(f"{name}.md")
    )
    builder = SimpleNamespace(name="html", templates=SimpleNamespace(render=render))
    return SimpleNamespace(config=config, env=env, builder=builder, srcdir=ROOT)


_PUBLISHED = {"repository": "https://github.com/own/book", "site": "https://own.github.io/book/"}


def test_icons_are_the_drawing_in_other_formats():
    icons = {name: picture(content) for name, content in site_files.icons(_FAVICON.read_text())}
    assert sorted(icons) == ["apple-touch-icon.png", "favicon.ico"]
    assert icons["favicon.ico"].ico.sizes() == {(16, 16), (32, 32), (48, 48)}
    touch = icons["apple-touch-icon.png"].convert("RGBA")
    assert touch.size == (180, 180)
    assert [touch.getpixel(place) for place in ((2, 2), (25, 25), (68, 68), (150, 25))] == [
        (255, 253, 250, 255), (232, 98, 58, 255), (255, 255, 255, 255), (125, 143, 179, 255)
    ]  # fmt: skip
    small = icons["favicon.ico"].ico.getimage((16, 16))
    assert [small.getpixel(place) for place in ((1, 1), (11, 11))] == [(232, 98, 58, 255), (0, 0, 0, 0)]


def test_the_card_has_the_size_that_messengers_show_and_stays_the_same():
    card = site_files.draw_card(ROOT, "Convolutional networks", "By hand.")
    assert picture(card).size == (1200, 630)
    assert card == site_files.draw_card(ROOT, "Convolutional networks", "By hand.")
    assert card != site_files.draw_card(ROOT, "Recurrent networks", "By hand.")


def test_a_book_without_an_address_has_icons_alone():
    assert [name for name, _ in site_files.site_files(book(dates={"book/intro": "2026-01-02"}))] == [
        "favicon.ico",
        "apple-touch-icon.png",
    ]
    context = {"metatags": ""}
    site_files.add_tags(book(), "book/intro", "page.html", context, object())
    assert [tag["rel"][0] for tag in checks.parse(context["metatags"]).find_all()] == ["icon", "apple-touch-icon"]


def test_a_published_book_has_all_files():
    files = dict(site_files.site_files(book(**_PUBLISHED, dates={"book/intro": "2026-01-02"})))
    entries = ElementTree.fromstring(files["sitemap.xml"])
    assert [[part.text for part in entry] for entry in entries] == [
        ["https://own.github.io/book/book/a & b.html"], ["https://own.github.io/book/book/intro.html", "2026-01-02"]
    ]  # fmt: skip
    assert files[".well-known/security.txt"] == (
        b"Contact: https://github.com/own/book/security\nExpires: 2027-01-02T00:00:00Z\n"
    )
    lost = checks.parse(files["404.html"].decode())
    assert [link["href"] for link in lost.select("a")] == [
        f"{_PUBLISHED['site']}{name}.html" for name in ("book/intro", "search")
    ]
    assert not lost.select("script, img, [src], link:not([href='data:,'])")  # it works at any depth
    assert picture(files["_static/card.png"]).format == "PNG"


def test_a_page_with_all_answers_is_kept_from_search_engines():
    app = book(**_PUBLISHED)
    app.env.metadata["book/intro"]["noindex"] = True
    assert b"intro" not in dict(site_files.site_files(app))["sitemap.xml"]
    context = {"metatags": ""}
    site_files.add_tags(app, "book/intro", "page.html", context, object())
    assert '<meta name="robots" content="noindex" />' in context["metatags"]
    unlisted = [name for name in built_pages() if checks.parse(SITE / name).select("meta[name=robots]")]
    assert unlisted == ["book/review/teachers.html"]


def test_files_of_an_earlier_build_with_an_address_do_not_stay(tmp_path):
    for published in (_PUBLISHED, {}):
        app = book(**published, dates={"book/intro": "2026-01-02"})
        app.outdir = tmp_path
        site_files.write_files(app, None)
        there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
        assert there == dict(site_files.site_files(app)).keys()


def test_the_head_of_a_published_page_describes_its_card():
    context = {"metatags": '<meta content="Rows &amp; filters" name="description" />'}
    site_files.add_tags(book(**_PUBLISHED), "book/a & b", "page.html", context, object())
    tags = {tag["property"]: tag["content"] for tag in checks.parse(context["metatags"]).select("meta[property]")}
    assert tags["og:title"] == "On book/a & b"
    assert tags["og:description"] == "Rows & filters"
    assert tags["og:image"] == "https://own.github.io/book/_static/card.png"


def test_every_page_of_the_site_names_its_icons():
    for name in built_pages():
        icons = checks.parse(SITE / name).select("link[rel~=icon], link[rel=apple-touch-icon]")
        assert len(icons) == 3 or name == "404.html", name
        assert all(
            (SITE / name).parent.joinpath(icon["href"]).is_file() for icon in icons if icon["href"] != "data:,"
        ), name


def test_the_page_for_wrong_addresses_works_at_any_depth(open_tab, tmp_path):
    files = dict(site_files.site_files(book(**_PUBLISHED)))
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/404.html").write_bytes(files["404.html"])
    with served(tmp_path) as address:
        tab = open_tab(f"{address}a/b/404.html", theme="dark")
        assert tab.get_by_role("heading").inner_text() == "Page not found"
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 31)"
        assert checks.accessibility(tab) == []
        assert tab.errors == []


# --- when a page was last changed ------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path):
    def git(*arguments, when="2026-01-02T23:30:00 -0800"):
        env = {**os.environ, "GIT_COMMITTER_DATE": when}
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
        subprocess.run(command, cwd=tmp_path / "origin", env=env, check=True, capture_output=True)

    (tmp_path / "origin/book").mkdir(parents=True)
    git("init", "-q")
    for name, when in (("old", "2026-01-02T23:30:00 -0800"), ("new", "2026-03-04T12:00:00 +0000")):
        (tmp_path / f"origin/book/{name}.md").write_text(name)
        git("add", "-A")
        git("commit", "-qm", name, when=when)
    return tmp_path / "origin"


def test_dates_are_those_of_the_last_commits(repository, tmp_path):
    assert commit_dates(repository) == {"book/old.md": "2026-01-02", "book/new.md": "2026-03-04"}
    assert commit_dates(tmp_path) == {}
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repository}", tmp_path / "shallow"], check=True)
    assert commit_dates(tmp_path / "shallow") == {}  # there, every file seems to be of the last commit


def test_a_page_is_written_again_when_its_date_has_changed(repository):
    env = SimpleNamespace(
        found_docs=["book/old", "book/new"],
        metadata={"book/old": {}, "book/new": {}},
        doc2path=lambda name, base: Path(f"{name}.md"),
    )
    app = SimpleNamespace(srcdir=repository)
    assert last_change.update(app, env) == ["book/old", "book/new"]
    env.metadata["book/new"][last_change.CHANGED] = "2025-12-31"
    assert last_change.update(app, env) == ["book/new"]


@pytest.mark.parametrize(
    ("repository", "dates", "words", "links"),
    [
        ("", {}, "", []),
        ("", {"book/intro": "2026-01-02"}, "Last changed on 2026-01-02", []),
        ("https://example.org/own/book", {}, "", []),
        (
            "https://github.com/own/book",
            {"book/intro": "2026-01-02"},
            "Last changed on 2026-01-02Edit this pageReport a mistake",
            ["/edit/main/book/intro.md", "/issues/new?title=book/intro.md"],
        ),
        (
            "https://gitlab.com/own/book",
            {},
            "Edit this pageReport a mistake",
            ["/-/edit/main/book/intro.md", "/-/issues/new?issue[title]=book/intro.md"],
        ),
    ],
)
def test_the_line_below_a_page_says_what_is_known(repository, dates, words, links):
    context = {}
    last_change.add_line(book(repository, dates=dates), "book/intro", "page.html", context, object())
    line = checks.parse(render("last-change.html", context))
    assert line.get_text().strip() == words
    assert [link["href"] for link in line.select("a")] == [repository + link for link in links]
    assert Place(repository).feedback("")[2] == (
        f"{repository}/security" if "github" in repository else f"{repository}/-/issues" if links else ""
    )

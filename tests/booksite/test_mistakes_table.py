"""The teachers' page lists every usual mistake."""

import pickle
from types import SimpleNamespace

import checks
from built import ROOT, SITE

from booksite.mistakes_table import TABLE, setup
from cnnbook.mistakes import MISTAKES


def test_the_teachers_page_lists_every_mistake():
    page = checks.parse(SITE / "book/review/teachers.html")
    table = next(table for table in page.select("table") if "what the reader is told" in table.get_text())
    rows = [[cell.get_text(" ", strip=True) for cell in row.select("td")] for row in table.select("tbody tr")]
    assert [name for name, *_ in rows] == list(MISTAKES)
    for name, sentence, page_title, places in rows:
        assert sentence.split()[:2] == MISTAKES[name].sentence.replace("`", "").split()[:2]
        assert page_title
        assert places
    taught = {link["href"].partition("#")[0] for link in table.select("a")}
    assert {f"../{mistake.page}.html" for mistake in MISTAKES.values() if "arithmetic" in mistake.page} <= taught


def test_an_edit_has_the_teachers_page_read_again_only_where_it_changes_the_table():
    env = pickle.loads((SITE.parent / ".doctrees/environment.pickle").read_bytes())
    handlers = {}
    app = SimpleNamespace(srcdir=ROOT, add_directive=lambda *_: None, connect=handlers.__setitem__)
    setup(app)

    def old_pages():
        return handlers["env-get-outdated"](app, env, set(), set(), set())

    assert old_pages() == []
    env.metadata["book/review/teachers"][TABLE] += "\n"
    assert old_pages() == ["book/review/teachers"]

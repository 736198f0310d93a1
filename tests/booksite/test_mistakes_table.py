"""The teachers' page lists every usual mistake."""

import pickle
from types import SimpleNamespace

import checks
from built import ROOT, SITE

from booksite.mistakes_table import TABLE, setup
from cnnbook.mistakes import MISTAKES


def test_the_teachers_page_lists_every_mistake():
    page = checks.parse(SITE / "book/review/teachers.html")
    folds = [fold for fold in page.select("details.page-fold") if not fold.select(".quiz-card")]
    told = {entry.strong.get_text(): entry for fold in folds for entry in fold.select("li")}
    assert sorted(told) == sorted(MISTAKES)
    for name, entry in told.items():
        sentence = MISTAKES[name].sentence.replace("`", "")
        assert entry.get_text(" ", strip=True).partition(" : ")[2].split()[:2] == sentence.split()[:2]
        assert "; recognised by " in entry.get_text()
    taught = {link["href"].partition("#")[0] for entry in told.values() for link in entry.select("a")}
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

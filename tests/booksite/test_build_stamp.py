"""The stamp of the status page: the commit, the time of the build, the run times of the pages."""

import re
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from built import ROOT, SITE, built_pages

from booksite.build_stamp import stamp_html
from booksite.notebooks.addresses import current_commit


def test_the_status_page_names_the_commit_and_every_executed_page():
    soup = BeautifulSoup((SITE / "book" / "status.html").read_text("utf-8"), "html.parser")
    (place,) = soup.select(".build-stamp")
    commit = current_commit(ROOT)
    source = f"from commit {commit}" if commit else "outside a git checkout"
    assert re.match(rf"Built on \d{{4}}-\d\d-\d\d at \d\d:\d\d UTC {source}\b", place.get_text())
    listed = {(SITE / "book" / link["href"]).resolve() for link in place.select("a")}
    executed = {SITE / page for page in built_pages() if '<div class="cell ' in (SITE / page).read_text("utf-8")}
    assert listed == {page.resolve() for page in executed}
    times = [float(cell.get_text()) for cell in place.select("td.text-right")]
    assert len(times) == len(listed)
    total = float(re.search(r"ran for ([\d.]+) s in all", place.select_one("p").get_text())[1])
    assert total == pytest.approx(sum(times), abs=0.05 * (len(times) + 1))  # each is rounded to a tenth, the sum too


def test_a_title_cannot_break_the_stamp():
    made = stamp_html("", datetime(2026, 1, 2, tzinfo=UTC), [("<b>", 'a"b.html', 1.0)])
    soup = BeautifulSoup(made, "html.parser")
    assert soup.select_one("a").get_text() == "<b>"
    assert soup.select_one("a")["href"] == 'a"b.html'
    assert "outside a git checkout" in soup.get_text()


def test_a_stamp_says_that_the_checkout_was_edited():
    made = stamp_html("c0ffee", datetime(2026, 1, 2, tzinfo=UTC), [], edited=True)
    assert "from commit <code>c0ffee</code>, with changes that are not committed." in made

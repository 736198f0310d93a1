"""The stamp of the status page: the commit, the time of the build, the run times of the pages."""

import re
import subprocess
from datetime import UTC, datetime

from bs4 import BeautifulSoup
from built import ROOT, SITE, built_pages

from cnnbook.site import stamp


def test_the_status_page_names_a_commit_of_this_repository_and_every_executed_page():
    soup = BeautifulSoup((SITE / "book" / "status.html").read_text("utf-8"), "html.parser")
    (place,) = soup.select(".build-stamp")
    commit = place.select_one("code").get_text()
    subprocess.run(["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=ROOT, check=True)
    assert re.search(r"Built on \d{4}-\d\d-\d\d at \d\d:\d\d UTC", place.get_text())
    listed = {(SITE / "book" / link["href"]).resolve() for link in place.select("a")}
    executed = {SITE / page for page in built_pages() if '<div class="cell ' in (SITE / page).read_text("utf-8")}
    assert listed == {page.resolve() for page in executed}
    times = [float(cell.get_text()) for cell in place.select("td.text-right")]
    assert len(times) == len(listed)
    assert f"{sum(times):.0f}"[:2] in place.select_one("summary").get_text()


def test_a_title_cannot_break_the_stamp():
    made = stamp.table("", datetime(2026, 1, 2, tzinfo=UTC), [("<b>", 'a"b.html', 1.0)])
    soup = BeautifulSoup(made, "html.parser")
    assert soup.select_one("a").get_text() == "<b>"
    assert soup.select_one("a")["href"] == 'a"b.html'
    assert "outside a git checkout" in soup.get_text()

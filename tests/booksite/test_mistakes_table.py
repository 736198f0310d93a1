"""The teachers' page lists every usual mistake."""

import checks
from built import SITE

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

"""Where solutions stand: folded, at the end of a page, or in a key beside the site."""

from types import SimpleNamespace

import checks
import pytest
from sphinx.errors import ConfigError
from test_extension import TinyBook

from booksite import solutions

_PAGE = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# Page

```{exercise-start} How many
:label: ex-many
```
What is 3 times 3?
```{exercise-end}
```

```{solution-start} ex-many
:label: sol-many
:class: dropdown
```
Nine, by $3^2$:

```{code-cell} ipython3
3 * 3
```
```{solution-end}
```

## Summary

All is said.
"""


@pytest.mark.slow
def test_one_switch_moves_solutions_to_the_end_or_out_of_the_site(tmp_path):
    book = TinyBook(tmp_path)
    book.write("page.md", _PAGE)
    config = (tmp_path / "_config.yml").read_text("utf-8").replace("[booksite]", "[sphinx_exercise, booksite]")

    def build(choice):
        book.write("_config.yml", config.replace("nitpicky: true", f"nitpicky: true, cnnbook_solutions: {choice}"))
        code, printed = book.build()
        assert code == 0, printed
        notebook = (book.html / "_notebooks/page.ipynb").read_text("utf-8")
        return checks.parse(book.html / "page.html"), "3 * 3" in notebook

    key = tmp_path / "_build/solutions/page.html"
    assert build("folded")[1]
    page, in_notebook = build("none")
    assert not in_notebook
    assert not page.select("#sol-many")
    assert [path for path in book.html.rglob("*") if path.is_file() and b"Nine, by" in path.read_bytes()] == []
    taken = checks.parse(key)
    assert taken.select_one("details.solution[open]").get_text().count("Nine, by") == 1
    base, styles = taken.select_one("base")["href"], taken.select_one("link[rel=stylesheet]")["href"]
    assert (key.parent / base).resolve() == book.html / "page.html"
    assert ((key.parent / base).parent / styles).is_file()

    page, in_notebook = build("end")
    assert in_notebook
    assert not key.exists()
    assert page.select_one("#solutions > #sol-many").get_text().count("Nine, by") == 1
    assert page.select_one("p.to-solution a")["href"] == "#sol-many"
    assert page.select_one("#summary").find_next("section")["id"] == "solutions"
    outline = [link["href"] for link in page.select(".bd-sidebar-secondary nav a")]
    assert outline[-2:] == ["#summary", "#solutions"]
    assert page.select_one("#solutions > h2 > .headerlink")["href"] == "#solutions"


def test_another_word_is_refused():
    config = SimpleNamespace(cnnbook_solutions="hidden")
    with pytest.raises(ConfigError, match="folded, end, none"):
        solutions.check_choice(SimpleNamespace(), config)

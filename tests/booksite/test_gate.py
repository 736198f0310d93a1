"""The gate opens for a site in order, and closes for each thing that must never be published."""

import dataclasses
import json
import shutil
import zipfile

import nbformat
import pytest

from booksite import __main__, gate
from cnnbook import experiments, records

# Two recipes with their claims stand for all: a copy of every record would make each of these tests slow.
_RECIPES = [experiments.recipe(name) for name in ("one-layer", "one-layer-no-l2")]
_CLAIMS = [claim for claim in experiments.CLAIMS if claim.of in ("one-layer", "one-layer-no-l2")]

_PAGE = """<!doctype html><html lang="en"><head><title>T</title><meta name="viewport"></head><body><article>
<h1 id="top">T</h1><p><a href="other.html#there">there</a> <a href="#top">up</a> <a href="https://example.org/x#y">x</a>
<a href="../notebooks.zip">all</a> <a href="../lite/">apps</a>
<a href="../lite/lab/index.html?path=book%2Fone.ipynb">run</a></p><img src="../_images/plot.svg" alt="Bars">
CELLS</article></body></html>"""
_OTHER = '<article><h1 id="there">O</h1><p>Tracebacks are explained here.</p></article>'
_TRACEBACK = "Traceback (most recent call last)\n  Cell In[1], line 1\nZeroDivisionError: division by zero"
_FAILED = f'<div class="cell"><div class="output traceback highlight"><pre>{_TRACEBACK}</pre></div></div>'
_ANNOUNCED = _FAILED.replace('class="cell', 'class="cell tag_raises-exception')
_PRINTED = f'<div class="cell"><div class="output stream"><pre>{_TRACEBACK}</pre></div></div>'


def notebook(*outputs, tags=(), text="# T"):
    code = nbformat.v4.new_code_cell("1 / 0", outputs=list(outputs), metadata={"tags": list(tags)})
    return nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), code]))


@pytest.fixture
def site(tmp_path):
    """A small site in order: links, a picture, an application, an exception that was meant, an archive of notebooks."""
    files = {
        "index.html": '<meta http-equiv="Refresh" content="0; url=book/one.html" />',
        "book/one.html": _PAGE.replace("CELLS", _ANNOUNCED),
        "book/other.html": _OTHER,
        "_images/plot.svg": "<svg/>",
        "_static/macros.html": '<a href="{{ nowhere }}">template</a>',
        "_downloads/1/sheet.html": '<a href="nowhere">a sheet to print</a>',
        "lite/jupyter-lite.json": "{}",
        "lite/index.html": '<script src="./made-at-run-time.js"></script>',
        "lite/lab/index.html": '<script src="./made-at-run-time.js"></script>',
        "lite/files/book/one.ipynb": notebook(),
    }
    for name, text in files.items():
        write(tmp_path / "html" / name, text)
    with zipfile.ZipFile(tmp_path / "html/notebooks.zip", "w") as archive:
        archive.writestr("one.ipynb", notebook())
    return tmp_path / "html"


@pytest.fixture
def folder(tmp_path):
    """A copy of the records of `_RECIPES`."""
    folder = tmp_path / "results"
    folder.mkdir()
    for recipe in _RECIPES:
        for path in records.RESULTS.glob(f"{recipe.name}-seed*"):
            shutil.copy(path, folder)
    return folder


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def findings(site, folder, **options):
    return gate.findings(site, records_folder=folder, **{"recipes": _RECIPES, "claims": _CLAIMS} | options)


def test_a_site_in_order_is_published(site, folder, tmp_path):
    write(tmp_path / "notebooks/one.ipynb", notebook())
    assert findings(site, folder, notebooks=tmp_path / "notebooks") == []


def test_every_recipe_and_every_claim_of_the_book_is_checked(site, tmp_path):
    """The subset above is these tests' own: left out, nothing of the book is."""
    (tmp_path / "none").mkdir()
    missing = gate.findings(site, records_folder=tmp_path / "none")
    runs = [records.stem(recipe, seed) for recipe in experiments.RECIPES.values() for seed in range(recipe.seeds)]
    assert [sentence.partition(":")[0] for sentence in missing[: len(runs)]] == runs
    claims = zip(experiments.CLAIMS, missing[len(runs) :], strict=True)
    assert all(claim.says in sentence for claim, sentence in claims)


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (
            "book/one.html",
            _PAGE.replace("CELLS", _ANNOUNCED + _FAILED),
            "book/one.html: a cell failed with “ZeroDivisionError: division by zero”.",
        ),
        (  # printed by a cell, or written to standard error by a process that it started
            "book/one.html",
            _PAGE.replace("CELLS", _PRINTED),
            "book/one.html: a traceback is on the page, and no cell is tagged `raises-exception` for it.",
        ),
        (
            "reports/book/one.err.log",
            _TRACEBACK,
            "reports/book/one.err.log: the build left this report of a page that failed.",
        ),
        (
            "index.html",
            '<meta http-equiv="Refresh" content="0; url=book/gone.html" />',
            "index.html: the link book/gone.html leads nowhere: there is no such file.",
        ),
    ],
)
def test_a_page_that_failed_closes_the_gate(site, folder, name, text, sentence):
    write(site / name, text)
    assert findings(site, folder) == [sentence]


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("other.html#there", "gone.html", "there is no such file"),
        ("other.html#there", "other.html#gone", "book/other.html has no such anchor"),
        ("#top", "#viewport", "book/one.html has no such anchor"),
        ("#top", "#gone", "book/one.html has no such anchor"),
        ("path=book%2Fone", "path=book%2Fgone", "JupyterLite has no book/gone.ipynb"),
        ("../_images/plot.svg", "../_images/gone.svg", "there is no such file"),
        ("../notebooks.zip", "../../results", "it leaves the site"),
        ("../notebooks.zip", "/notebooks.zip", "it leaves the site"),
        ("../notebooks.zip", "../_images/", "there is no such file"),
    ],
)
def test_a_broken_link_closes_the_gate(site, folder, good, bad, fault):
    page = site / "book/one.html"
    assert good in page.read_text()
    page.write_text(page.read_text().replace(good, bad, 1))
    (sentence,) = findings(site, folder)
    assert sentence.startswith("book/one.html: the link ")
    assert bad in sentence
    assert sentence.endswith(f" leads nowhere: {fault}.")


# --- records and claims ----------------------------------------------------------------------------------------------


def test_a_stale_record_closes_the_gate(site, folder):
    path = folder / "one-layer-seed1.json"
    record = json.loads(path.read_text())
    record["recipe"]["batch_size"] += 1
    path.write_text(json.dumps(record))
    stale, *claims = findings(site, folder)
    assert stale.startswith(
        "one-layer-seed1: the record one-layer-seed1.json is stale: its recipe differs from today's"
    )
    assert len(claims) == 2
    assert all(claim.endswith("cannot be checked: a record that it needs is not usable.") for claim in claims)


def test_a_missing_record_closes_the_gate(site, folder):
    (folder / "one-layer-no-l2-seed0.json").unlink()
    record, claim = findings(site, folder)
    assert record.startswith("one-layer-no-l2-seed0: no record of 'one-layer-no-l2' with seed 0")
    assert "without the penalty" in claim


def test_a_record_with_other_predictions_closes_the_gate(site, folder):
    shutil.copy(folder / "one-layer-seed0.npz", folder / "one-layer-seed1.npz")
    assert "one-layer-seed1.npz is not the file that" in findings(site, folder)[0]


def test_a_claim_outside_its_bounds_closes_the_gate(site, folder):
    claim = dataclasses.replace(_CLAIMS[0], lower=90, upper=100)
    (sentence,) = findings(site, folder, claims=[claim])
    assert sentence.startswith(f"The claim “{claim.says}” does not hold: measured ")
    assert sentence.endswith("bounds 90 to 100.")


# --- notebooks -------------------------------------------------------------------------------------------------------


def error_output(name, value):
    return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=[])


_BROKEN_NOTEBOOKS = {
    "cut-off": (notebook()[:-20], "it is not valid JSON"),
    "a-list": ("[]", "it is not in version 4 of the notebook format"),
    "an-old-format": (notebook().replace('"nbformat": 4', '"nbformat": 3'), "it is not in version 4"),
    "a-cell-without-a-type": (notebook().replace('"cell_type": "code",', ""), "does not open ("),
    "a-failed-cell": (
        notebook(error_output("NameError", "name 'x' is not defined")),
        "failed with “NameError: name 'x' is not defined”",
    ),
}


@pytest.mark.parametrize("place", ["html", "branch", "archive"])
@pytest.mark.parametrize("fault", _BROKEN_NOTEBOOKS)
def test_a_notebook_that_does_not_open_closes_the_gate(site, folder, tmp_path, fault, place):
    content, words = _BROKEN_NOTEBOOKS[fault]
    (tmp_path / "branch").mkdir()
    if place == "archive":
        with zipfile.ZipFile(site / "notebooks.zip", "a") as archive:
            archive.writestr("book/two.ipynb", content)
    else:
        write(tmp_path / place / "book/two.ipynb", content)
    (sentence,) = findings(site, folder, notebooks=tmp_path / "branch")
    assert "book/two.ipynb: " in sentence
    assert words in sentence


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("![A plot](plot.png)", "there is no plot.png beside the notebook."),
        ("[On](one%20more.ipynb#there)", "there is no one more.ipynb beside the notebook."),
        ("See {ref}`there`.", "the notebook holds markup of the page, “See {ref}`there`.”."),
    ],
)
def test_a_notebook_that_is_not_whole_closes_the_gate(site, folder, text, fault):
    write(site / "book/two.ipynb", notebook(text=f"{text}\n[x](https://example.org/y) [up](#top)"))
    assert findings(site, folder) == [f"book/two.ipynb: {fault}"]


def test_an_exception_that_a_notebook_announces_is_no_failure(site, folder):
    write(site / "book/two.ipynb", notebook(error_output("ValueError", "no"), tags=["raises-exception"]))
    assert findings(site, folder) == []


def test_a_damaged_archive_closes_the_gate(site, folder):
    content = bytearray((site / "notebooks.zip").read_bytes())
    content[content.index(b"cell_type")] ^= 1
    (site / "notebooks.zip").write_bytes(content)
    assert findings(site, folder) == ["notebooks.zip: the archive is damaged at one.ipynb."]
    (site / "notebooks.zip").write_bytes(content[:40])
    assert findings(site, folder)[0].startswith("notebooks.zip: the archive does not open (")


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def small_book(monkeypatch):
    """The book has `_RECIPES` and `_CLAIMS` alone."""
    monkeypatch.setattr(experiments, "RECIPES", {recipe.name: recipe for recipe in _RECIPES})
    monkeypatch.setattr(experiments, "CLAIMS", _CLAIMS)


def test_the_command_opens_for_a_site_in_order(site, folder, small_book, capsys):
    assert __main__.main(["gate", str(site), "--records", str(folder)]) == 0
    assert capsys.readouterr().out == f"The gate is open: 3 pages, 10 records and {len(_CLAIMS)} claims are in order.\n"


def test_the_command_names_every_reason_and_fails(site, small_book, tmp_path, capsys):
    write(site / "reports/one.err.log", _TRACEBACK)
    write(tmp_path / "notebooks/two.ipynb", "[]")
    assert __main__.main(["gate", str(site), "--notebooks", str(tmp_path / "notebooks")]) == 1
    heading, *reasons = capsys.readouterr().err.splitlines()
    assert heading == f"booksite gate: reasons not to publish {site} (2):"
    assert [reason.partition(":")[0] for reason in reasons] == ["reports/one.err.log", "two.ipynb"]


@pytest.mark.parametrize("empty", [True, False])
def test_a_folder_without_a_site_closes_the_gate(folder, small_book, tmp_path, capsys, empty):
    if empty:
        (tmp_path / "html").mkdir()
    assert __main__.main(["gate", str(tmp_path / "html"), "--records", str(folder)]) == 1
    assert ("has no pages." if empty else "build the site first with `make book`") in capsys.readouterr().err

"""The gate opens for a site in order, and closes for each thing that must never be published."""

import dataclasses
import inspect
import json
import shutil
import subprocess
import sys
import zipfile

import nbformat
import pytest

from booksite import gate
from cnnbook import experiments, records

# Two recipes with their claims stand for all: a copy of every record would make each of these tests slow.
_RECIPES = [experiments.recipe(name) for name in ("one-layer", "one-layer-no-l2")]
_CLAIMS = [claim for claim in experiments.CLAIMS if claim.of in ("one-layer", "one-layer-no-l2")]

_PAGE = """<!doctype html><html lang="en"><head><title>T</title><meta name="viewport"></head><body><article>
<h1 id="top">T</h1><p><a href="other.html#there">there</a> <a href="#top">up</a> <a href="https://example.org/x#y">x</a>
<a href="../notebooks.zip">all</a>
<a href="../lite/lab/index.html?path=book%2Fone.ipynb">run</a></p><img src="../_images/plot.svg" alt="Bars">
{cells}</article></body></html>"""
_OTHER = (
    '<html lang="en"><body><article><h1 id="there">O</h1><p>Tracebacks are explained here.</p></article></body></html>'
)
_TRACEBACK = "Traceback (most recent call last)\n  Cell In[1], line 1\nZeroDivisionError: division by zero"
_FAILED = (
    f'<div class="cell docutils container"><div class="output traceback highlight"><pre>{_TRACEBACK}</pre></div></div>'
)
_ANNOUNCED = _FAILED.replace('class="cell', 'class="cell tag_raises-exception')


@pytest.fixture
def site(tmp_path):
    """A small site in order: links, a picture, an application, an exception that was meant, an archive of notebooks."""
    site = tmp_path / "html"
    for folder in ("book", "_images", "_static", "_downloads/1", "lite/lab", "lite/files/book"):
        (site / folder).mkdir(parents=True)
    (site / "index.html").write_text('<meta http-equiv="Refresh" content="0; url=book/one.html" />')
    (site / "book/one.html").write_text(_PAGE.format(cells=_ANNOUNCED))
    (site / "book/other.html").write_text(_OTHER)
    (site / "_images/plot.svg").write_text("<svg/>")
    (site / "_static/macros.html").write_text('<a href="{{ nowhere }}">template</a>')
    (site / "lite/jupyter-lite.json").write_text("{}")
    for page in ("lite/index.html", "lite/lab/index.html"):
        (site / page).write_text('<script src="./made-at-run-time.js"></script>')
    (site / "lite/files/book/one.ipynb").write_text(nbformat.writes(notebook()))
    (site / "_downloads/1/sheet.html").write_text('<a href="nowhere">a sheet to print</a>')
    with zipfile.ZipFile(site / "notebooks.zip", "w") as archive:
        archive.writestr("one.ipynb", nbformat.writes(notebook()))
    return site


@pytest.fixture
def folder(tmp_path):
    """A copy of the records of `_RECIPES`."""
    folder = tmp_path / "results"
    folder.mkdir()
    for recipe in _RECIPES:
        for path in records.RESULTS.glob(f"{recipe.name}-seed*"):
            shutil.copy(path, folder)
    return folder


def notebook(*outputs, tags=()):
    code = nbformat.v4.new_code_cell("1 / 0", outputs=list(outputs), metadata={"tags": list(tags)})
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# T"), code])


def found(site, folder, **options):
    return gate.findings(site, folder=folder, recipes=_RECIPES, claims=_CLAIMS, **options)


def test_a_site_in_order_is_published(site, folder, tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/one.ipynb").write_text(nbformat.writes(notebook()))
    assert found(site, folder, notebooks=tmp_path / "notebooks") == []


def test_every_recipe_and_every_claim_of_the_book_is_asked_for(site, tmp_path):
    """The subset above is these tests' own: left out, nothing of the book is."""
    (tmp_path / "none").mkdir()
    missing = gate.findings(site, folder=tmp_path / "none")
    runs = [records.stem(recipe, seed) for recipe in experiments.RECIPES.values() for seed in range(recipe.seeds)]
    assert [one.partition(":")[0] for one in missing[: len(runs)]] == runs
    assert all(claim.says in one for claim, one in zip(experiments.CLAIMS, missing[len(runs) :], strict=True))
    assert inspect.signature(gate.findings).parameters["folder"].default == records.RESULTS


# --- pages -----------------------------------------------------------------------------------------------------------


def test_a_failed_cell_closes_the_gate(site, folder):
    (site / "book/one.html").write_text(_PAGE.format(cells=_ANNOUNCED + _FAILED))
    assert found(site, folder) == ["book/one.html: a cell failed with “ZeroDivisionError: division by zero”."]


def test_a_traceback_in_another_output_closes_the_gate(site, folder):
    """Printed by a cell, or written to standard error by a process that it started."""
    (site / "book/one.html").write_text(
        _PAGE.format(cells=f'<div class="cell"><div class="output stream"><pre>{_TRACEBACK}</pre></div></div>')
    )
    (sentence,) = found(site, folder)
    assert sentence.startswith("book/one.html: a traceback is on the page, and no cell is tagged")


def test_a_report_of_a_failed_page_closes_the_gate(site, folder):
    (site / "reports/book").mkdir(parents=True)
    (site / "reports/book/one.err.log").write_text(_TRACEBACK)
    assert found(site, folder) == ["reports/book/one.err.log: the build left this report of a page that failed."]


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("other.html#there", "gone.html", "the link gone.html leads nowhere: there is no such file."),
        ("other.html#there", "other.html#gone", "leads nowhere: book/other.html has no such anchor."),
        ("#top", "#viewport", "the link #viewport leads nowhere: book/one.html has no such anchor."),
        ("path=book%2Fone", "path=book%2Fgone", "leads nowhere: JupyterLite has no book/gone.ipynb."),
        ("#top", "#gone", "the link #gone leads nowhere: book/one.html has no such anchor."),
        ("../_images/plot.svg", "../_images/gone.svg", "../_images/gone.svg leads nowhere: there is no such file."),
        ("../notebooks.zip", "../../results", "leads nowhere: it leaves the site."),
        ("../notebooks.zip", "/notebooks.zip", "leads nowhere: it leaves the site."),
        ("../notebooks.zip", "../_images/", "leads nowhere: there is no such file."),
    ],
)
def test_a_broken_link_closes_the_gate(site, folder, good, bad, says):
    page = site / "book/one.html"
    assert good in page.read_text()
    page.write_text(page.read_text().replace(good, bad, 1))
    (sentence,) = found(site, folder)
    assert sentence.startswith("book/one.html: ")
    assert sentence.endswith(says)


def test_a_front_page_that_leads_nowhere_closes_the_gate(site, folder):
    (site / "index.html").write_text('<meta http-equiv="Refresh" content="0; url=book/gone.html" />')
    assert found(site, folder) == ["index.html: the link book/gone.html leads nowhere: there is no such file."]


def test_a_link_to_a_folder_arrives_at_its_front_page(site, folder):
    page = site / "book/one.html"
    page.write_text(page.read_text().replace("../notebooks.zip", "../lite/"))
    assert found(site, folder) == []


def test_an_empty_site_closes_the_gate(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    (sentence,) = found(tmp_path / "empty", folder)
    assert sentence.endswith("empty holds no page.")


# --- records and claims ----------------------------------------------------------------------------------------------


def test_a_stale_record_closes_the_gate(site, folder):
    path = folder / "one-layer-seed1.json"
    content = json.loads(path.read_text())
    content["recipe"]["epochs"] += 1
    path.write_text(json.dumps(content))
    first, second, third = found(site, folder)
    assert first.startswith(
        "one-layer-seed1: the record one-layer-seed1.json is stale: its recipe differs from today's"
    )
    for sentence in (second, third):
        assert sentence.endswith("cannot be checked: a record that it needs is not usable.")


def test_a_missing_record_closes_the_gate(site, folder):
    (folder / "one-layer-no-l2-seed0.json").unlink()
    first, second = found(site, folder)
    assert first.startswith("one-layer-no-l2-seed0: no record of 'one-layer-no-l2' with seed 0")
    assert "without the penalty" in second


def test_a_record_with_other_predictions_closes_the_gate(site, folder):
    shutil.copy(folder / "one-layer-seed0.npz", folder / "one-layer-seed1.npz")
    assert "one-layer-seed1.npz is not the file that" in found(site, folder)[0]


def test_a_claim_outside_its_bounds_closes_the_gate(site, folder):
    claim = dataclasses.replace(_CLAIMS[0], lower=90, upper=100)
    (sentence,) = gate.findings(site, folder=folder, recipes=_RECIPES, claims=[claim])
    assert sentence.startswith(f"The claim “{claim.says}” does not hold: measured ")
    assert sentence.endswith("bounds 90 to 100.")


# --- notebooks -------------------------------------------------------------------------------------------------------


def broken_notebooks():
    valid = nbformat.writes(notebook())
    error = nbformat.v4.new_output("error", ename="NameError", evalue="name 'x' is not defined", traceback=[])
    return {
        "cut-off": (valid[:-20], "it is no JSON"),
        "a-list": ("[]", "it is not in version 4 of the notebook format"),
        "an-old-format": (valid.replace('"nbformat": 4', '"nbformat": 3'), "it is not in version 4"),
        "a-cell-without-a-type": (valid.replace('"cell_type": "code",', ""), "does not open ("),
        "a-failed-cell": (nbformat.writes(notebook(error)), "failed with “NameError: name 'x' is not defined”"),
    }


@pytest.mark.parametrize("place", ["site", "branch", "archive"])
@pytest.mark.parametrize("fault", broken_notebooks())
def test_a_notebook_that_does_not_open_closes_the_gate(site, folder, tmp_path, fault, place):
    content, says = broken_notebooks()[fault]
    branch = tmp_path / "branch"
    (branch / "book").mkdir(parents=True)
    if place == "archive":
        with zipfile.ZipFile(site / "notebooks.zip", "a") as archive:
            archive.writestr("book/two.ipynb", content)
    else:
        ({"site": site, "branch": branch}[place] / "book/two.ipynb").write_text(content)
    (sentence,) = found(site, folder, notebooks=branch)
    assert "book/two.ipynb: " in sentence
    assert says in sentence


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("![A plot](plot.png)", "book/two.ipynb: there is no plot.png beside the notebook."),
        ("[On](one%20more.ipynb#there)", "book/two.ipynb: there is no one more.ipynb beside the notebook."),
        ("See {ref}`there`.", "book/two.ipynb: the notebook holds markup of the page, “See {ref}`there`.”."),
    ],
)
def test_a_notebook_that_is_not_whole_closes_the_gate(site, folder, text, says):
    made = notebook()
    made.cells.append(nbformat.v4.new_markdown_cell(f"{text} [x](https://example.org/y) [up](#top)"))
    (site / "book/two.ipynb").write_text(nbformat.writes(made))
    (sentence,) = found(site, folder)
    assert sentence == says or says in sentence.replace(" [x](https://example.org/y) [up](#top)", "")


def test_an_exception_that_a_notebook_announces_is_no_failure(site, folder):
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
    (site / "book/two.ipynb").write_text(nbformat.writes(notebook(error, tags=["raises-exception"])))
    assert found(site, folder) == []


def test_a_damaged_archive_closes_the_gate(site, folder):
    content = bytearray((site / "notebooks.zip").read_bytes())
    content[content.index(b"cell_type")] ^= 1
    (site / "notebooks.zip").write_bytes(content)
    assert found(site, folder) == ["notebooks.zip: the archive is damaged at one.ipynb."]
    (site / "notebooks.zip").write_bytes(content[:40])
    assert found(site, folder)[0].startswith("notebooks.zip: the archive does not open (")


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_says_why_and_ends_with_1(site):
    (site / "reports").mkdir()
    (site / "reports/one.err.log").write_text(_TRACEBACK)
    done = subprocess.run([sys.executable, "-m", "booksite.gate", str(site)], capture_output=True, text=True)
    assert done.returncode == 1
    assert "reports/one.err.log: the build left this report" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("The gate is closed: ")


def test_the_command_on_no_site_says_what_to_do(tmp_path, capsys):
    assert gate.main([str(tmp_path / "nowhere")]) == 1
    assert "build the site first with `make book`" in capsys.readouterr().err


def test_the_command_opens_for_a_site_in_order(site, folder, monkeypatch, capsys):
    """With the records of `_RECIPES` for the book's."""
    monkeypatch.setattr(experiments, "RECIPES", {recipe.name: recipe for recipe in _RECIPES})
    monkeypatch.setattr(gate.findings, "__kwdefaults__", gate.findings.__kwdefaults__ | {"claims": _CLAIMS})
    assert gate.main([str(site), "--records", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("The gate is open: 3 pages, 10 records")

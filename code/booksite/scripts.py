"""The book's own browser scripts: esbuild bundles the modules of ``book/assets/scripts``; a page loads what it uses.

A page gets a classic script, since browsers load no module from disk and a downloaded copy of the book must work.
"""

import re
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util import logging

from booksite.theme.npm_packages import find_package, vendored_folder

logger = logging.getLogger(__name__)

#: Where the modules lie, relative to the root of the book.
FOLDER = Path("book", "assets", "scripts")

#: Kinds of labs; each is a module of ``labs``, and gets a script of its own.
LABS = ("one-dimension", "volume", "designer", "filter", "pooling", "seeds", "learning", "network", "train")

#: Kinds of labs with challenges; each is a module of ``labs/challenges``, and gets a script of its own, too.
CHALLENGES = ("one-dimension", "volume", "designer", "filter", "pooling", "seeds", "learning")

#: All labs for live notebooks, in ``_static``; `cnnbook.lab` loads it.
WIDGET = "labs.mjs"

#: Each script, and the tag in a page that asks for it.
ENTRIES = {
    "quiz": re.compile(r'<fieldset\b[^<>]*\sclass="quiz-item"'),
    "quiz-dots": re.compile(r'<nav\b[^<>]*\sclass="quiz-dots'),
    "review": re.compile(r'<div\b[^<>]*\sclass="quiz-overview"'),
    **dict.fromkeys(("practice", "practice-misses"), re.compile(r"<[a-z]+\b[^<>]*\sdata-practice\b")),
    **{f"lab-{kind}": re.compile(rf'<figure\b[^<>]*\sdata-lab="{kind}"') for kind in LABS},
    # After the labs, which they ask for their states.
    **{f"challenges-{kind}": re.compile(rf'<section\b[^<>]*\sdata-challenges="{kind}"') for kind in CHALLENGES},
    "overview": re.compile(r'<div\b[^<>]*\sclass="lab-overview"'),
    "exercises": re.compile(r'<div\b[^<>]*\sclass="exercise-overview"'),
    "run": re.compile(r"<div\b[^<>]*\sdata-python="),
}

#: Scripts that a lab, a problem or a cell asks for when it needs them, and their modules.
LATER = {
    "lab-engine": "engine/shared.js",
    "lab-designer-readers": "labs/designer/readers.js",
    "lab-network-later": "labs/network/later.js",
    "lab-train-later": "labs/train/later.js",
    "practice-later": "practice/later.js",
    "practice-picture": "practice/picture.js",
    "projector-later": "projector/later.js",
    "run-later": "run/later.js",
    "run-editor": "run/editor.js",
    "run-worker": "run/worker.js",
}

#: Python sources that run in the reader's browser, beside this module.
PYTHON = ("run/runner.py", "run/keras_layers.py", "theme/inline_drawings.py")

#: Entries that are a part of every page, in the bundle of `theme.bundles`.
EVERYWHERE = ("search", "glossary", "dialogs", "enlarge", "projector", "due", "contents", "paper")

#: Style sheets that no other page needs, in ``book/assets``, by entry.
STYLES = {"practice": "practice.css", "overview": "lab.css", **{f"lab-{kind}": "lab.css" for kind in LABS}}

_OPTIONS = ("--bundle", "--charset=utf8", "--log-level=error")
_CLASSIC = ("--format=iife", "--minify", "--target=es2020")


def module_of(root: Path | str, name: str) -> Path:
    """The file of an entry's own module."""
    part, _, kind = name.partition("-")
    file = {"lab": f"labs/{kind}.js", "challenges": f"labs/challenges/{kind}.js"}.get(part, f"{name}.js")
    return Path(root, FOLDER, LATER.get(name, file))


def scripts_of(body: str) -> list[str]:
    """Names of the scripts that a page's HTML asks for.

    >>> scripts_of('<div id="a" data-practice="x">'), scripts_of('<p>A <code>data-practice</code> attribute</p>')
    (['practice', 'practice-misses'], [])
    """
    return [name for name, tag in ENTRIES.items() if tag.search(body)]


def source_of(name: str) -> str:
    """The text of the module that a script begins with.

    >>> source_of("quiz")
    'import "./quiz.js";'
    """
    if name in LATER:
        return f'import "./{LATER[name]}";'
    host = {"lab": "./labs/page.js", "challenges": "./challenges.js"}.get(name.partition("-")[0])
    if host:
        own = module_of("", name).relative_to(FOLDER).as_posix()
        return f'import own from "./{own}"; import {{ live }} from "{host}"; live(own);'
    return f'import "./{name}.js";'


def join(root: Path | str, source: str, *options: str) -> str:
    """Join the text of a module and all that it imports, relative to `FOLDER`, into one script."""
    return _join(root, source, *engine_options(root), *_text_options(), *options)


def _join(root: Path | str, source: str, *options: str) -> str:
    program = find_package(root, "esbuild") / "bin" / "esbuild"
    command: list[str | Path] = [program, *_OPTIONS, *options]
    return _run(command, f"esbuild cannot join `{source.splitlines()[0]}`", root, source)


def _run(command: Sequence[str | Path], failure: str, root: Path | str, text: str = "") -> str:
    """Run a program in `FOLDER`, with `text` as its input, and give what it writes."""
    process = subprocess.run(
        command, input=text, cwd=Path(root, FOLDER), capture_output=True, encoding="utf-8", check=False
    )
    if process.returncode:
        raise ConfigError(f"{failure}: {process.stderr.strip()}")
    return process.stdout


@cache
def engine_options(root: Path | str) -> tuple[str, ...]:
    """Options with which esbuild finds what is made here of the engine: its loops in WebAssembly, and its worker.

    A worker is a script of its own; host.js has its text, since a page from disk can load none.
    """
    engine = Path(root, FOLDER, "engine")
    if not engine.is_dir():
        return ()
    made = Path(root, "_build", ".engine").absolute()
    made.mkdir(parents=True, exist_ok=True)
    loops, worker = made / "kernels.wasm", made / "worker.txt"
    with TemporaryDirectory(dir=made) as folder:  # another process may read what is there
        translated = Path(folder, loops.name)
        program = find_package(root, "wabt") / "bin" / "wat2wasm"
        source = (engine / "kernels.wat").absolute()
        _run(["node", program, source, f"--output={translated}"], "wat2wasm cannot translate kernels.wat", root)
        translated.replace(loops)
        options = (f"--alias:kernels.wasm={loops}", "--loader:.wasm=base64")
        joined = Path(folder, worker.name)
        joined.write_text(_join(root, 'import "./engine/worker.js";', *options, *_CLASSIC), "utf-8")
        joined.replace(worker)
    return (*options, f"--alias:worker.txt={worker}")


def _text_options() -> tuple[str, ...]:
    """Options with which esbuild takes as texts: style sheets, and the sources that a page's worker gives to Python."""
    own = Path(__file__).parent
    return ("--loader:.css=text", "--loader:.py=text", *(f"--alias:{Path(file).name}={own / file}" for file in PYTHON))


def bundle(root: Path | str, name: str, target: Path | str) -> None:
    """Write one of `ENTRIES` or `LATER` as one small classic script, `target`."""
    write_if_new(Path(target), join(root, source_of(name), *_CLASSIC))


def write_if_new(target: Path, script: str) -> None:
    """Write a script; one that would stay the same is not touched."""
    if not target.is_file() or target.read_text("utf-8") != script:
        target.write_text(script, "utf-8")


def join_widget(root: Path | str) -> str:
    """Join all labs, with their style sheet inside, as the module that anywidget loads."""
    options = ("--format=esm", "--minify", "--target=es2020")
    return join(root, 'export { default } from "./labs/widget.js";', *options)


def bundle_all(app: Sphinx, config: Config) -> None:
    """Bundle every entry that the book has, and keep the modules themselves out of the site."""
    config.exclude_patterns.append(f"**/{FOLDER.name}")
    for name in (*ENTRIES, *LATER, *EVERYWHERE):
        if module_of(app.srcdir, name).is_file():
            bundle(app.srcdir, name, vendored_folder(app) / f"{name}.js")
    if Path(app.srcdir, FOLDER, "labs").is_dir():
        write_if_new(vendored_folder(app) / WIDGET, join_widget(app.srcdir))


def add_scripts(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Add to a page the scripts that it asks for, and no others."""
    for name in scripts_of(context.get("body") or ""):
        if module_of(app.srcdir, name).is_file():
            app.add_js_file(f"{name}.js", loading_method="defer")
            if name in STYLES:
                app.add_css_file(STYLES[name])
        else:
            logger.warning(
                "The page needs the script %s, which does not exist.", module_of("", name), location=pagename
            )


def setup(app: Sphinx) -> None:
    app.connect("config-inited", bundle_all)
    # After the parts that edit the body.
    app.connect("html-page-context", add_scripts, priority=950)

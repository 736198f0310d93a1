"""How the pages' cells are run: what the cache is keyed on, what kernels see, and one page per core at a time.

The execution cache of myst-nb knows a page's cells and nothing else, so editing a function that a page imports would
re-run nothing. Here the cache lives in a folder named after a digest of everything else that outputs depend on.
"""

import hashlib
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader
from sphinx.util import logging

#: A log line of level I(nfo) in the form of Google's libraries, and the notice that such lines are coming.
_START_UP_NOTE = re.compile(
    r"^(?:WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    r"|I\d{4} [\d:.]+ +\d+ \S+\] .*)(?:\n|$)",
    re.MULTILINE,
)

logger = logging.getLogger(__name__)

TRAINING_MODE, RECORDED = "CNNBOOK_TRAIN", "recorded"

#: What outputs depend on besides the cells, relative to the root of the book.
SOURCES = (
    "code/**/*.py",
    "code/cnnbook/*.json",
    "code/cnnbook/practice/*.json",
    "code/cnnbook/results/*",
    "code/cnnbook/*.npz",
    "requirements.txt",
)

#: Of this extension, which pages cannot import, only the module that runs them counts.
_EXTENSION = Path("code/booksite")

#: For kernels only; a value that is already set wins.
KERNEL_ENVIRONMENT = {
    TRAINING_MODE: RECORDED,  # a build looks runs up and trains nothing unless it was asked to
    "TQDM_DISABLE": "1",  # progress bars write to stderr, which fails the strict build
    "TF_CPP_MIN_LOG_LEVEL": "3",  # TensorFlow's start-up notes would land on the page
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


def execution_digest(root, environment=os.environ):
    """Name everything that outputs of pages depend on, apart from their own cells.

    Parameters
    ----------
    root : path
        The root of the book.
    environment : mapping of str to str
        Where the training mode and Keras' backend are looked up.

    Returns
    -------
    str
        Sixteen hexadecimal digits: of the shared module, the recorded runs, the sample of images, the pins and the
        training mode, of Keras' backend and of Python's version. A page, a style sheet or a test does not change it.
    """
    root = Path(root)
    digest = hashlib.sha256()
    mode, backend = environment.get(TRAINING_MODE) or RECORDED, environment.get("KERAS_BACKEND") or "tensorflow"
    digest.update(f"{mode} {backend} {sys.version_info[:2]}".encode())
    for path in sorted({path for pattern in SOURCES for path in root.glob(pattern) if path.is_file()}):
        name = path.relative_to(root)
        if _EXTENSION in name.parents and name != _EXTENSION / Path(__file__).name:
            continue
        content = path.read_bytes()
        digest.update(f"\0{name.as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def name_cache(app, config):
    """Point myst-nb at the cache of this digest; a changed value also makes Sphinx read all pages again."""
    build_folder = Path(app.outdir).parent
    config.nb_execution_cache_path = str(build_folder / ".jupyter_cache" / execution_digest(app.srcdir))


def prepare_kernels(app):
    """Set what kernels inherit, and keep the reader's own IPython start-up files out of the book."""
    for name, value in KERNEL_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # Two pages that show the same run train it once: what was recorded since the build began is fresh.
    os.environ.setdefault("CNNBOOK_FRESH_SINCE", datetime.now(UTC).isoformat(timespec="seconds"))
    os.environ["IPYTHONDIR"] = str(Path(app.outdir).parent / ".ipython")


def without_start_up_notes(notebook):
    """Drop informational log lines of compiled libraries from the stderr of a notebook that was run, in place.

    TensorFlow writes one or two such lines whenever it is imported and no setting silences all of them. Warnings and
    errors stay: they are shown, and fail the strict build.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                output["text"] = _START_UP_NOTE.sub("", output["text"])
        if "outputs" in cell:
            cell["outputs"] = [one for one in cell["outputs"] if one.get("name") != "stderr" or one["text"].strip()]


def pages_to_run(app, cache, docnames):
    """Read the notebooks among `docnames` whose outputs are not in the cache: pairs of path and notebook.

    Outputs with stderr count as none: Sphinx put them there when it ran a page again that had failed here.
    """
    for docname in docnames:
        path = Path(app.env.doc2path(docname))
        text = path.read_text(encoding="utf-8")
        reader = create_nb_reader(str(path), app.env.myst_config, app.env.mystnb_config, text)
        if reader is None:
            continue
        notebook = reader.read(text)
        try:
            kept = cache.get_cache_bundle(cache.match_cache_notebook(notebook).pk).nb
        except KeyError:
            kept = None
        if kept is None or any(one.get("name") == "stderr" for cell in kept.cells for one in cell.get("outputs", [])):
            yield path, notebook


def run_pages(app, env, docnames):
    """Fill the execution cache, one kernel per core, before Sphinx reads page after page.

    A page that fails is left out of the cache; Sphinx then runs it again by itself and reports the failure.
    """
    if app.config.nb_execution_mode != "cache":
        return
    cache = get_cache(app.config.nb_execution_cache_path)
    pages = list(pages_to_run(app, cache, sorted(docnames)))
    if not pages:
        return
    timeout = app.config.nb_execution_timeout

    def run(page):
        path, notebook = page
        folder = str(path.parent)
        return path, single_nb_execution(
            notebook, cwd=folder, timeout=timeout, allow_errors=False, extra_arguments=["--log-level=ERROR"]
        )

    # Pages that may train go one after another: two of them must not train, and write, the same run.
    workers = os.cpu_count() if os.environ[TRAINING_MODE] == RECORDED else 1
    with ThreadPoolExecutor(workers) as pool:
        for number, (path, result) in enumerate(pool.map(run, pages), start=1):
            logger.info("ran page %d of %d: %s, %.1f s", number, len(pages), path.name, result.time)
            if result.err is None:
                without_start_up_notes(result.nb)
                bundle = CacheBundleIn(result.nb, str(path), data={"execution_seconds": result.time})
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def setup(app):
    app.connect("config-inited", name_cache)
    app.connect("builder-inited", prepare_kernels)
    app.connect("env-before-read-docs", run_pages)

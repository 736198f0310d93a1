"""How the pages' cells are run: what the cache is keyed on, what kernels inherit, and one page per core at a time.

MyST-NB finds outputs in its execution cache by the cells of a page alone, so an edit of a function that a page imports
would run nothing again. Here the cache lies in a folder named after a digest of everything else that outputs depend on.
"""

import contextlib
import functools
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from nbformat import NotebookNode
from packaging.utils import canonicalize_name
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.util import logging

import cnnbook
from booksite.digests import file_digest
from booksite.kernels import KernelServer
from booksite.undocumented import execute_notebook, read_notebook
from cnnbook.records import SHORT, is_short
from cnnbook.training import TrainingError, settings

#: A log line of level I(nfo) in the format of Google's libraries, and the notice that such lines are coming.
_START_UP_NOTE = re.compile(
    r"^(?:WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    r"|I\d{4} [\d:.]+ +\d+ \S+\] .*)(?:\n|$)",
    re.MULTILINE,
)

logger = logging.getLogger(__name__)

TRAINING_MODE, RECORDED = "CNNBOOK_TRAIN", "recorded"

#: What outputs depend on besides the cells, relative to the root of the book: every file of what pages import.
SOURCES = ("code/**/*.py", "code/cnnbook/**/*", "requirements.txt")

#: Pages cannot import this extension, so only the modules that run their cells count.
_EXTENSION = Path("code/booksite")
_RUN_CELLS = {"execution.py", "kernels.py", "kernel_server.py", "undocumented.py"}

#: Environment variables that outputs depend on: ours, and whatever libraries that compute or draw read.
_OWN_VARIABLES = {TRAINING_MODE, SHORT, "CNNBOOK_FRESH_SINCE"}
_OF_LIBRARIES = re.compile(
    r"(TF2?|KERAS|XLA|JAX|TORCH|PYTORCH|CUDA|CUDNN|NVIDIA|ONEDNN|DNNL|MKL|OMP|KMP|OPENBLAS|NPY|NUMPY|MPL|MATPLOTLIB|PYTHON)_?[A-Z]"
)

#: TensorFlow sets these when it is imported, so a process that used it would look like another setting.
_SET_BY_TENSORFLOW = {("TF2_BEHAVIOR", "1"), ("KMP_INIT_AT_FORK", "FALSE")}
#: So does JAX with this, which Keras imports where it is installed.
_SET_BY_JAX = ("TF_CPP_MIN_LOG_LEVEL", "1")

_PIN = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)  # a line of a lock

#: What kernels inherit; a value that is already set wins.
KERNEL_ENVIRONMENT = {
    TRAINING_MODE: RECORDED,  # a build looks runs up and trains nothing unless it was asked to
    "TQDM_DISABLE": "1",  # progress bars write to stderr, which fails the strict build
    "KERAS_BACKEND": "tensorflow",  # whatever the file of whoever builds says
    "TF_CPP_MIN_LOG_LEVEL": "3",  # TensorFlow's start-up notes would land on the page
    "MATPLOTLIBRC": os.devnull,  # the file of whoever builds may change figures
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


def execution_digest(root: Path | str, environment: Mapping[str, str] = os.environ) -> str:
    """Digest of everything that outputs of pages depend on, apart from their own cells, as 16 hexadecimal digits.

    That is the shared module with all its files, the pins, the versions that are installed, Python's, Keras' own file
    and the environment variables that count. A page, a style sheet or a test does not change it.
    """
    root = Path(root)
    files = {path for pattern in SOURCES for path in root.glob(pattern)}
    files = {path for path in files if root / _EXTENSION not in path.parents or path.name in _RUN_CELLS}
    installed = _installed(root)
    given = {name: value for name, value in environment.items() if value and (name, value) != _SET_BY_JAX}
    variables = {**KERNEL_ENVIRONMENT, **given}
    variables[SHORT] = str(is_short(environment))
    counting = {name for name in variables if name in _OWN_VARIABLES or _OF_LIBRARIES.match(name)}
    used = sorted({(name, variables[name]) for name in counting} - _SET_BY_TENSORFLOW)
    # Keras adds the backend to its file when it is first imported; kernels are told theirs by a variable.
    keras_file = sorted({**settings.file_settings(environment), "backend": None}.items(), key=str)
    package = Path(cnnbook.__file__).resolve().parent
    is_other = package != root.resolve() / "code" / "cnnbook"
    elsewhere = file_digest(package, _own(package.rglob("*"))) if is_other else ""
    return file_digest(root, _own(files), used, keras_file, installed, elsewhere, sys.version_info[:3])


def _own(paths: Iterable[Path]) -> Iterator[Path]:
    """The files among them, without those that Python and editors write beside."""
    return (path for path in paths if path.is_file() and "__pycache__" not in path.parts and path.name[0] != ".")


def _installed(root: Path) -> list[tuple[str, str]]:
    """Names and versions of what is installed, except what only tests need and a build does not."""
    pins = [root / "requirements.txt", root / "tests" / "requirements.txt"]
    named = [set(_PIN.findall(path.read_text("utf-8"))) if path.is_file() else set() for path in pins]
    found = {(canonicalize_name(each.name), each.version) for each in distributions() if each.name}
    return sorted((name, version) for name, version in found if name not in named[1] - named[0])


@functools.cache
def build_digest(root: Path) -> str:
    """The digest as it was when a build began: the build itself sets variables, and may write records."""
    return execution_digest(root)


def name_cache(app: Sphinx, config: Config) -> None:
    """Point myst-nb at the cache of this digest; a changed value also makes Sphinx read all pages again."""
    build_digest.cache_clear()
    build_folder = Path(app.outdir).parent
    config.nb_execution_cache_path = str(build_folder / ".jupyter_cache" / build_digest(Path(app.srcdir).resolve()))


def prepare_kernels(app: Sphinx) -> None:
    """Set what kernels inherit, and keep settings and start-up files of whoever builds out of the book."""
    try:
        settings.require_usual()
    except TrainingError as error:
        raise ConfigError(str(error)) from error
    for name, value in KERNEL_ENVIRONMENT.items():
        os.environ[name] = os.environ.get(name) or value  # an empty one is none: it must not let a build train
    # Two pages that show the same run train it once: what was recorded since the build began is fresh.
    os.environ.setdefault("CNNBOOK_FRESH_SINCE", datetime.now(UTC).isoformat(timespec="seconds"))
    os.environ["IPYTHONDIR"] = str(Path(app.outdir).parent / ".ipython")


def drop_start_up_notes(notebook: NotebookNode) -> None:
    """Drop informational log lines of compiled libraries from the stderr of a notebook that was run, in place.

    TensorFlow writes one or two such lines whenever it is imported, and no setting silences all of them. Warnings and
    errors stay: they are shown, and fail the strict build.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                output["text"] = _START_UP_NOTE.sub("", output["text"])
        if "outputs" in cell:
            cell["outputs"] = [
                output for output in cell["outputs"] if output.get("name") != "stderr" or output["text"].strip()
            ]


def join_streams(notebook: NotebookNode) -> None:
    """Join what a cell printed in several parts, in place.

    A kernel sends what is there whenever its clock says so, on a busy machine in the middle of a line, and MyST-NB
    would begin a new line for each part.
    """
    for cell in notebook.cells:
        joined: list[NotebookNode] = []
        for output in cell.get("outputs", []):
            if joined and output.output_type == "stream" and output.get("name") == joined[-1].get("name"):
                joined[-1]["text"] += output["text"]
            else:
                joined.append(output)
        if "outputs" in cell:
            cell["outputs"] = joined


def has_stderr(notebook: NotebookNode) -> bool:
    """Whether a notebook that was run holds stderr: Sphinx put it there when it ran a page again that had failed."""
    return any(output.get("name") == "stderr" for cell in notebook.cells for output in cell.get("outputs", []))


def unannounced_error(notebook: NotebookNode) -> str:
    """An exception in the outputs of a cell that is not tagged ``raises-exception``, else empty.

    IPython goes on after some, as after those of code that a cell runs as a cell.
    """
    errors = (
        f"{output['ename']}: {output['evalue']}"
        for cell in notebook.cells
        if "raises-exception" not in cell.metadata.get("tags", [])
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    )
    return next(errors, "")


def pages_to_run(
    app: Sphinx, cache: JupyterCacheAbstract, docnames: Iterable[str]
) -> Iterator[tuple[Path, NotebookNode]]:
    """Paths and notebooks of the pages whose outputs the cache has not, or only with stderr or an error."""
    for docname in docnames:
        path = Path(app.env.doc2path(docname))
        notebook = read_notebook(path, app.env)
        if notebook is None:
            continue
        try:
            cached = cache.get_cache_bundle(cache.match_cache_notebook(notebook).pk).nb
        except KeyError:
            cached = None
        if cached is None or has_stderr(cached) or unannounced_error(cached):
            yield path, notebook


def run_pages(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Fill the execution cache, one kernel per core, before Sphinx reads page after page.

    A page that fails is left out of the cache; Sphinx then runs it again by itself and reports the failure.
    """
    if app.config.nb_execution_mode != "cache":
        return
    cache = get_cache(app.config.nb_execution_cache_path)
    pages = list(pages_to_run(app, cache, sorted(docnames)))
    if not pages:
        return
    # The last to start must not be a long one.
    pages.sort(key=lambda page: len(page[1].cells), reverse=True)
    # Pages that may train run one after another: two of them must not train, and write, the same run.
    workers = (os.cpu_count() or 1) if os.environ[TRAINING_MODE] == RECORDED else 1
    with ThreadPoolExecutor(workers) as pool, contextlib.ExitStack() as stack:
        options = {
            "timeout": app.config.nb_execution_timeout,
            "allow_errors": False,
            "extra_arguments": ["--log-level=ERROR"],
        }
        if len(pages) > workers and sys.platform == "linux":  # forks elsewhere are not safe
            options["kernel_manager_class"] = stack.enter_context(KernelServer()).manager_class()
        futures = {
            pool.submit(execute_notebook, notebook, cwd=str(path.parent), **options): path for path, notebook in pages
        }
        for number, future in enumerate(as_completed(futures), start=1):
            path = futures[future]
            try:
                result = future.result()
            except RuntimeError as death:  # of a kernel, such as the later of two that chose one port
                logger.info("left page %d of %d for later: %s: %s", number, len(pages), path.name, death)
                continue
            logger.info("ran page %d of %d: %s, %.1f s", number, len(pages), path.name, result.time)
            if result.err is None and (error := unannounced_error(result.nb)):
                docname = env.path2doc(str(path))
                logger.warning("a cell without the tag raises-exception failed: %s", error, location=docname)
            elif result.err is None:
                drop_start_up_notes(result.nb)
                join_streams(result.nb)
                bundle = CacheBundleIn(result.nb, str(path), data={"execution_seconds": result.time})
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def setup(app: Sphinx) -> None:
    app.connect("config-inited", name_cache)
    app.connect("builder-inited", prepare_kernels)
    app.connect("env-before-read-docs", run_pages)

"""What we use of other packages beyond their documented interface, in one place for whoever updates a pin.

Each function says in its first line what it does for us, then why no documented way does, the version it was written
for, and the test that fails when a newer version differs.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

if TYPE_CHECKING:
    from jupyter_client import AsyncKernelManager


def warning_count(app: Sphinx) -> int:
    """Number of warnings of this build.

    Why: Sphinx counts them for ``-W`` alone. Sphinx 9.0.4.
    Test: `test_extension.test_bad_pages_fail_the_plain_build_and_the_next_one_too`.
    """
    return app._warncount


def disconnect_extensions(app: Sphinx, packages: tuple[str, ...], css_prefix: str) -> None:
    """Disconnect extensions that Jupyter Book always loads, and take back the style sheets that they registered.

    Why: Jupyter Book has no option to leave them out, and Sphinx only disconnects listeners whose number is known.
    Sphinx 9.0.4.
    Test: `test_built_site.test_a_page_is_whole_and_loads_nothing_that_the_book_does_not_use`.
    """
    for listeners in app.events.listeners.values():
        listeners[:] = [listener for listener in listeners if not listener.handler.__module__.startswith(packages)]
    app.registry.css_files[:] = [sheet for sheet in app.registry.css_files if not sheet[0].startswith(css_prefix)]


def copy_styles_early(app: Sphinx) -> None:
    """Copy the style sheets of MyST-NB and sphinx-exercise before pages link to them.

    Why: both copy them when a build has finished, so that in a first build, and in no later one, Sphinx finds nothing
    to take the digest of that stands in a link. sphinx-exercise 1.2.1, MyST-NB 1.4.0.
    Test: `test_reproducible.test_two_builds_give_the_same_bytes`.
    """
    from myst_nb.sphinx_ext import add_global_html_resources
    from sphinx_exercise import copy_asset_files

    Path(app.outdir, "_static").mkdir(parents=True, exist_ok=True)
    add_global_html_resources(app, None)
    copy_asset_files(app, None)


def run_time(env: BuildEnvironment, docname: str) -> float | None:
    """Seconds that the cells of a page took when they last ran; None if it has no cells.

    Why: MyST-NB shows them only through its directive `nb-exec-table`, which has neither our columns nor our sum.
    MyST-NB 1.4.0. Test: `test_build_stamp.test_the_status_page_names_the_commit_and_every_executed_page`.
    """
    from myst_nb.sphinx_ import NbMetadataCollector

    execution = NbMetadataCollector.get_exec_data(env, docname)
    return execution["runtime"] if execution else None


def read_notebook(path: Path | str, env: Any = None) -> nbformat.NotebookNode | None:
    """A page as MyST-NB reads it, with all cells, text too; None if it is not a notebook.

    `env` is Sphinx' environment; without one, the settings are MyST-NB's own.

    Why: the execution cache finds outputs by exactly these cells.
    MyST-NB 1.4.0.
    Test: `test_extension.test_each_change_runs_and_writes_again_what_depends_on_it`.
    """
    from myst_nb.core.config import NbParserConfig
    from myst_nb.core.read import MystMetadataParsingError, create_nb_reader
    from myst_parser.config.main import MdParserConfig

    text = Path(path).read_text(encoding="utf-8-sig")  # as Sphinx reads it
    settings = (env.myst_config, env.mystnb_config) if env else (MdParserConfig(), NbParserConfig())
    reader = create_nb_reader(str(path), *settings, text)
    try:
        return reader.read(text) if reader else None
    except (nbformat.ValidationError, MystMetadataParsingError) as error:
        what = str(getattr(error, "message", error)).partition("\n")[0]
        raise ExtensionError(
            f"{path}: the options of a cell cannot be read ({what}); write a list after `:tags:`, as in [taught], "
            "or leave the line out"
        ) from error


def execute_notebook(notebook: nbformat.NotebookNode, **options: Any) -> Any:
    """Run a notebook as MyST-NB would; gives `nb`, `time` in seconds, and `err`, the exception or None.

    Why: jupyter-cache's own executors run one page at a time, or copy it to a temporary folder. jupyter-cache 1.0.1.
    Test: `test_extension.test_each_change_runs_and_writes_again_what_depends_on_it`.
    """
    from jupyter_cache.executors.utils import single_nb_execution

    return single_nb_execution(notebook, **options)


def kernel_manager(start: Callable[[list[str], str, dict[str, str]], Any]) -> type["AsyncKernelManager"]:
    """A kernel manager that lets `start` make a process of a command, a folder and an environment.

    Why: jupyter_client takes other ways to start a kernel only from the entry points of installed packages.
    jupyter_client 8.10.0. Test: `test_kernels.test_keras_is_there_and_nothing_of_ours`.
    """
    from jupyter_client import AsyncKernelManager

    class Manager(AsyncKernelManager):
        async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
            provisioner: Any = self.provisioner
            provisioner.process = start(kernel_cmd, options["cwd"], options["env"])
            provisioner.pid = provisioner.pgid = provisioner.process.pid
            self._reconcile_connection_info(provisioner.connection_info)

    return Manager


def replace_katex_renderer(render: Callable[..., str]) -> None:
    """Let sphinxcontrib-katex render formulas with a function of ours.

    Why: it talks to Node.js over a socket, which on a busy machine it uses before Node.js listens, and it has no
    setting for another way. sphinxcontrib-katex 0.9.11.
    Test: `test_extension.test_bad_pages_fail_the_plain_build_and_the_next_one_too`.
    """
    from sphinxcontrib import katex

    katex.render_latex = render

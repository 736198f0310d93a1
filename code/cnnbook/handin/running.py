"""Run a notebook from top to bottom in a fresh kernel of this Python, a cell at a time, and say where it stops."""

import contextlib
import copy
import importlib
import os
import re
import subprocess
import time
import warnings
from typing import NamedTuple

from cnnbook import CnnBookError
from cnnbook.records import SHORT

LONGEST_MESSAGE = 300

# A kernel repeats what its cells print, and adds notices of its own; the notebook has what matters of it.
_SILENT = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class HandInError(CnnBookError):
    """A folder that cannot be reviewed or packed."""


class Place(NamedTuple):
    """A cell in a notebook: its `number` from 1 on, of how many (`count`), and the number of its `task`, if any."""

    number: int
    count: int
    task: str | None

    def __str__(self):
        return f"cell {self.number} of {self.count}" + (f", Task {self.task}" if self.task else "")


def package(name):
    """Import a package that only reviewing needs; one that is not installed is an error that says what to type."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise HandInError(
            f"running a notebook needs the package {name.split('.')[0]}; type `pip install nbclient ipykernel`"
        ) from error


def run(notebook, folder, tasks, *, timeout, short, before=None, after=None):
    """Run a copy of a notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    folder : Path
        The working directory of its kernel.
    tasks : list of str or None
        For each cell the number of its task.
    timeout : float
        Seconds that a cell may take.
    short : bool
        Whether ``CNNBOOK_SHORT`` is set for it.
    before : callable, optional
        Called with a `Place` before each code cell runs.
    after : callable, optional
        Called with a `Place` and the seconds that it took after each code cell that ran to its end.

    Returns
    -------
    (nbformat.NotebookNode, str or None)
        The copy with its outputs as far as it ran, and a sentence about the cell that stopped it.

    Raises
    ------
    HandInError
        If a package is not installed or no kernel starts.
    """
    nbclient, exceptions = package("nbclient"), package("nbclient.exceptions")
    copied = copy.deepcopy(notebook)
    for cell in copied.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = nbclient.NotebookClient(
        copied,
        km=_manager(),
        timeout=timeout,
        shutdown_kernel="immediate",
        store_widget_state=False,
        # Tags of the student's do not count: an error is one in any cell, and no cell is left out. No tag is empty.
        force_raise_errors=True,
        skip_cells_with_tag="",
    )
    environment = {name: value for name, value in os.environ.items() if name != SHORT} | ({SHORT: "1"} if short else {})
    with contextlib.ExitStack() as stack:
        _start(client, stack, folder, environment)
        for index, cell in enumerate(copied.cells):
            place = Place(index + 1, len(copied.cells), tasks[index])
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            if before:
                before(place)
            start = time.perf_counter()
            try:
                client.execute_cell(cell, index)
            except exceptions.CellExecutionError as error:
                return copied, f"{place}, stopped with {_short(f'{error.ename}: {error.evalue}')}"
            except exceptions.CellTimeoutError:
                return (
                    copied,
                    f"{place}, took longer than {timeout:g} s; give it more with --timeout, or make it faster",
                )
            except exceptions.DeadKernelError:
                return copied, f"{place}, ended the kernel: Python itself stopped there, often for want of memory"
            if after:
                after(place, time.perf_counter() - start)
    return copied, None


def _manager():
    """A kernel of the Python that runs this, whatever is installed as "python3" for the user."""
    client, specifications = package("jupyter_client"), package("jupyter_client.kernelspec")
    package("ipykernel")
    own = specifications.KernelSpecManager(kernel_dirs=[])
    return client.AsyncKernelManager(kernel_name=specifications.NATIVE_KERNEL_NAME, kernel_spec_manager=own)


def _start(client, stack, folder, environment):
    try:
        stack.enter_context(client.setup_kernel(cleanup_kc=True, cwd=str(folder), env=environment, **_SILENT))
    except RuntimeError as error:  # what nbclient raises when a kernel does not answer
        raise HandInError(f"no kernel starts ({error}); try `python -m ipykernel --version`") from error


def _short(text):
    """The first line of a message without colours, cut where it gets long."""
    line = re.sub(r"\x1b\[[0-9;]*m", "", text).strip().splitlines()[0]
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"


def read(path):
    """The notebook at `path` in today's format.

    Raises
    ------
    HandInError
        If it is no notebook, or one in another language than Python.
    """
    nbformat = package("nbformat")
    validator = package("nbformat.validator")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without numbers of their own: an old format, mended below
            content = nbformat.reads(path.read_text("utf-8"), as_version=4)
            _, content = validator.normalize(content)
        nbformat.validate(content)
    except (ValueError, KeyError, AttributeError, TypeError, nbformat.ValidationError) as error:
        raise HandInError(
            f"{path} is not a notebook ({_short(str(error))}); save it once more with Jupyter, Colab or VS Code"
        ) from error
    language = content.metadata.get("kernelspec", {}).get("language") or "python"
    if language != "python":
        raise HandInError(f"{path} is a notebook in {language}; the practical is in Python")
    return content

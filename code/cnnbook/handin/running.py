"""Run a notebook from top to bottom in a fresh kernel of this Python, and say where it stops.

Importing this module needs nbclient and ipykernel, which the checks in the notebook do without.
"""

import copy
import math
import os
import re
import subprocess
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import ipykernel  # noqa: F401  # the kernel itself, which nbclient does not require
import jupyter_client
import nbclient
import nbformat
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from cnnbook.handin import tasks
from cnnbook.handin.errors import HandInError
from cnnbook.records import SHORT

LONGEST_MESSAGE = 300


def run(
    notebook: nbformat.NotebookNode,
    folder: Path,
    *,
    timeout: float,
    short: bool,
    progress: Callable[[str], object] = lambda text: None,
) -> tuple[nbformat.NotebookNode, str | None]:
    """Run a copy of a notebook in `folder`; return it with its outputs, and a sentence about the cell that stopped it.

    Each cell may take `timeout` seconds, `short` sets ``CNNBOOK_SHORT`` in the kernel, and `progress` is called with a
    text before and after each cell.
    """
    executed = copy.deepcopy(notebook)
    for cell in executed.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    place, start = "", 0.0

    def begin(cell, cell_index):
        nonlocal place, start
        place, start = tasks.place(executed.cells, cell_index), time.perf_counter()
        progress(f"{place} ")

    def end(cell, cell_index, execute_reply):
        progress(f"{time.perf_counter() - start:.1f} s\n")

    client = nbclient.NotebookClient(
        executed,
        # A kernel of the Python that runs this, whatever is installed as "python3" for the user.
        km=jupyter_client.AsyncKernelManager(
            kernel_name=NATIVE_KERNEL_NAME, kernel_spec_manager=KernelSpecManager(kernel_dirs=[])
        ),
        timeout=math.ceil(timeout),  # nbclient takes whole seconds
        shutdown_kernel="immediate",
        store_widget_state=False,
        # Whatever tags a student's cells have, every cell runs and an error is an error. (No tag is empty.)
        force_raise_errors=True,
        skip_cells_with_tag="",
        on_cell_execute=begin,
        on_cell_executed=end,
    )
    environment = os.environ | {SHORT: "1" if short else "0"}
    # A kernel repeats what its cells print and adds notices of its own; the notebook has what matters of it.
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        client.execute(cleanup_kc=True, cwd=str(folder), env=environment, **silent)
    except CellExecutionError as error:
        return executed, f"{place}, stopped with {one_line(f'{error.ename}: {error.evalue}')}"
    except CellTimeoutError:
        return executed, f"{place}, took longer than {timeout:g} s; allow more with --timeout, or make it faster"
    except DeadKernelError:
        return executed, f"{place}, ended the kernel: Python itself stopped there, often because it ran out of memory"
    except RuntimeError as error:  # what nbclient raises when a kernel does not answer
        raise HandInError(f"no kernel starts ({error}); try `python -m ipykernel --version`") from error
    return executed, None


def one_line(message: str) -> str:
    """Shorten a message to one line, without colours and without characters that would steer the terminal."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", message)
    printable = "".join(character for character in text if character.isprintable() or character.isspace())
    return textwrap.shorten(printable, LONGEST_MESSAGE, placeholder=" …")


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook in today's format; a HandInError if it is none."""
    try:
        content = nbformat.reads(path.read_text("utf-8"), as_version=4)
        nbformat.validate(content)
    except (ValueError, KeyError, AttributeError, TypeError, nbformat.ValidationError) as error:
        raise HandInError(
            f"{path} is not a notebook ({one_line(str(error))}); save it again with Jupyter, Colab or VS Code"
        ) from error
    return content


def write(notebook: nbformat.NotebookNode) -> bytes:
    """Write a notebook as the bytes of its file."""
    return (nbformat.writes(notebook) + "\n").encode()

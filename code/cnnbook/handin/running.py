"""Run a notebook from top to bottom in a fresh kernel of this Python, and say where it stops.

Importing this module needs nbclient and ipykernel, which the checks in the notebook do without.
"""

import asyncio
import contextlib
import copy
import math
import os
import secrets
import signal
import subprocess
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipykernel  # noqa: F401  # the kernel itself, which nbclient does not require
import jupyter_client
import nbclient
import nbformat
import psutil
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from cnnbook.handin import files, tasks
from cnnbook.handin.errors import HandInError, printable
from cnnbook.records import SHORT

LONGEST_MESSAGE = 300
MOST_OUTPUT = 50_000_000  # characters in a whole notebook: ten times what a usual one shows
DEEPEST = 100  # lists and dictionaries inside each other; Python itself gives up at some hundreds

# What foreign JSON raises when it is taken for a notebook or for a message of Jupyter.
_MALFORMED = (AttributeError, LookupError, TypeError, ValueError, RecursionError, nbformat.ValidationError)
# As `python -m ipykernel_launcher`, which would be the student's if the folder had one.
_LAUNCH = (
    "import sys; sys.path[:] = filter(None, sys.path); from ipykernel import kernelapp; kernelapp.launch_new_instance()"
)
_REVIEW = "CNNBOOK_REVIEW"  # in the environment of a kernel and of all that it starts


class _Client(nbclient.NotebookClient):
    """Runs cells, and ends the kernel at a cell behind which no other may run."""

    km: Any
    stopped = ""  # where it did, and why
    interrupted = False
    written = 0  # characters of output so far

    def place(self, cell_index: int) -> str:
        return tasks.place(self.nb.cells, cell_index)

    def stop(self, cell_index: int, reason: str) -> None:
        self.stopped = self.stopped or f"{self.place(cell_index)}, {reason}"
        self.kill()

    def kill(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(self.km.provisioner.pid).kill()

    def heed_signals(self, notebook) -> None:
        """Let Ctrl-C end the kernel and nothing else, since what nbclient does then ends in an AssertionError."""

        def interrupt():
            self.interrupted = True
            self.kill()

        with contextlib.suppress(RuntimeError):  # in another thread, and on Windows
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, interrupt)

    def process_message(self, msg, cell, cell_index):
        """Take a message of the kernel, unless there are too many, or it is none."""
        try:
            self.written += _size([msg["content"], msg.get("buffers")])
            if self.written > MOST_OUTPUT:
                self.stop(cell_index, f"wrote more output than a notebook can hold ({MOST_OUTPUT:,} characters in all)")
            return None if self.stopped else super().process_message(msg, cell, cell_index)
        except _MALFORMED as error:
            self.stop(cell_index, _no_message(error))
            return None


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
    text before and after each cell. Processes that the notebook leaves behind are ended.
    """
    executed = copy.deepcopy(notebook)
    executed.metadata = nbformat.from_dict(tasks.METADATA)
    for cell in executed.cells:
        # What programs note about runs of their own would contradict the outputs of this one.
        cell.metadata = nbformat.from_dict({name: note for name, note in cell.metadata.items() if name == "tags"})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    place, start = "", 0.0

    def begin(cell, cell_index):
        nonlocal place, start
        place, start = client.place(cell_index), time.perf_counter()
        progress(f"{place} ")

    def end(cell, cell_index, execute_reply):
        progress(f"{time.perf_counter() - start:.1f} s\n")
        content = execute_reply["content"]
        exits = [note for note in content.get("payload", ()) if note["source"] == "ask_exit" and not note["keepkernel"]]
        shown = [output for output in cell.outputs if output.output_type == "error"]
        if content["status"] == "ok" and exits:
            # IPython ends only after the cell, and perhaps after the next ones.
            client.stop(cell_index, "ended the kernel with exit() or quit(); take that out")
        elif content["status"] == "ok" and shown:  # by %%capture, %run and their like
            client.stop(cell_index, f"went on after {one_line(f'{shown[0].ename}: {shown[0].evalue}')}")
        if client.stopped:
            raise DeadKernelError

    # A kernel of the Python that runs this, whatever is installed as "python3" for the user, or lies in the folder.
    kernel = jupyter_client.AsyncKernelManager(
        kernel_name=NATIVE_KERNEL_NAME, kernel_spec_manager=KernelSpecManager(kernel_dirs=[])
    )
    assert kernel.kernel_spec is not None
    kernel.kernel_spec.argv[1:3] = ["-c", _LAUNCH]
    client = _Client(
        executed,
        km=kernel,
        timeout=math.ceil(timeout),  # nbclient takes whole seconds
        shutdown_kernel="immediate",
        store_widget_state=False,
        # Whatever tags a student's cells have, every cell runs and an error is an error. (No tag is empty.)
        force_raise_errors=True,
        skip_cells_with_tag="",
        on_cell_execute=begin,
        on_cell_executed=end,
    )
    client.on_notebook_start = client.heed_signals
    review = secrets.token_hex(16)
    environment = os.environ | {SHORT: "1" if short else "0", _REVIEW: review}
    # A kernel repeats what its cells print and adds notices of its own; the notebook has what matters of it.
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    reason = ""
    try:
        client.execute(cleanup_kc=True, cwd=str(folder), env=environment, **silent)
    except CellExecutionError as error:
        reason = f"stopped with {one_line(f'{error.ename}: {error.evalue}')}"
    except CellTimeoutError:
        reason = f"took longer than {timeout:g} s; allow more with --timeout, or make it faster"
    except DeadKernelError:
        reason = "ended the kernel: Python itself stopped there, often because it ran out of memory"
    except _MALFORMED as error:
        reason = _no_message(error)
    except RuntimeError as error:  # what nbclient raises when a kernel does not answer
        raise HandInError(f"no kernel starts ({error}); try `python -m ipykernel --version`") from error
    finally:
        _end_all(review)
    if client.interrupted:
        raise KeyboardInterrupt
    return executed, client.stopped or (f"{place}, {reason}" if reason else None)


def _end_all(review: str) -> None:
    """End the processes that a notebook started, in whatever session, known by the environment that they inherited."""
    for _ in range(5):  # again for those that start meanwhile
        processes = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get(_REVIEW) == review:
                    process.kill()
                    processes.append(process)
        if not processes:
            break
        psutil.wait_procs(processes, timeout=1)


def _no_message(error: Exception) -> str:
    return f"sent Jupyter something that is no message ({one_line(f'{type(error).__name__}: {error}')})"


def one_line(message: str) -> str:
    """Shorten a message to one line that can be printed."""
    return textwrap.shorten(printable(message[: 10 * LONGEST_MESSAGE]), LONGEST_MESSAGE, placeholder=" …")


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook in today's format; a HandInError if it is none.

    Of its metadata only the kernel and the language are kept: what programs add, such as the state of widgets, belongs
    to outputs as they once were.
    """
    try:
        notebook = nbformat.reads(files.read(path).decode("utf-8-sig"), as_version=4)
        notebook.metadata = nbformat.from_dict(
            {name: notebook.metadata[name] for name in tasks.METADATA if name in notebook.metadata}
        )
        nbformat.validate(notebook)
        _size(notebook)
    except _MALFORMED as error:
        raise HandInError(
            f"{path} is not a notebook ({one_line(str(error))}); save it again with Jupyter, Colab or VS Code"
        ) from error
    return notebook


def _size(content: Any) -> int:
    """Count the characters in foreign JSON; a ValueError if it is nested too deeply to be copied and written."""
    size, level = 0, [content]
    for _ in range(DEEPEST):
        size += sum(len(value) if isinstance(value, str | bytes | memoryview) else 1 for value in level)
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    if level:
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    return size


def write(notebook: nbformat.NotebookNode) -> bytes:
    """Write a notebook as the bytes of its file."""
    # Half of a surrogate pair, which a cell can print, becomes the escape that JSON has for it.
    return (nbformat.writes(notebook) + "\n").encode(errors="backslashreplace")

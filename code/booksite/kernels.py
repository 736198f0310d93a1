"""Kernels that start with Keras imported: forked from one process, since the import takes most of a page's time.

A page whose kernel fails here runs again, in a kernel of its own, when Sphinx reads it.
"""

import os
import signal
import sys
from pathlib import Path

from booksite.json_process import JsonProcess
from booksite.undocumented import kernel_manager

_SERVER = Path(__file__).with_name("kernel_server.py")


class KernelServer:
    """The process that forks kernels; use it as a context manager."""

    def __init__(self) -> None:
        self._process = JsonProcess([sys.executable, "-P", _SERVER])  # -P: no folder of ours among Python's paths

    def fork(self, command: list[str], folder: str, environment: dict[str, str]) -> "ForkedProcess":
        """Start a kernel as ``python -m ipykernel_launcher ARGUMENT ...`` would."""
        arguments = command[command.index("ipykernel_launcher") + 1 :]
        return ForkedProcess(self._process.ask([arguments, folder, environment]))

    def manager_class(self) -> type:
        """A kernel manager for nbclient whose kernels are forked."""
        return kernel_manager(self.fork)

    def __enter__(self) -> "KernelServer":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.close()


class ForkedProcess:
    """What jupyter_client needs of a `subprocess.Popen`, for a kernel that another process started."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid = pid

    def poll(self) -> int | None:
        """None while the kernel runs; its exit code is not known here."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 1
        return None

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self) -> int | None:
        return self.poll()

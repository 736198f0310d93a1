"""Kernels that start with Keras imported: forked from one process, since the import takes most of a page's time.

A page whose kernel fails here runs again, in a kernel of its own, when Sphinx reads it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from jupyter_client import AsyncKernelManager

_SERVER = Path(__file__).with_name("kernel_server.py")


class KernelServer:
    """The process that forks kernels; use it as a context manager."""

    def __init__(self) -> None:
        # -P: no folder of ours on the path of modules.
        command = [sys.executable, "-P", str(_SERVER)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._lock = threading.Lock()

    def fork(self, arguments: list[str], folder: str, environment: dict[str, str]) -> "ForkedProcess":
        """Start a kernel with the arguments of ``ipykernel_launcher``."""
        request = {"arguments": arguments, "folder": folder, "environment": environment}
        with self._lock:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            answer = self._process.stdout.readline()
        if not answer:
            raise ChildProcessError("the process that starts kernels ended; its message is above")
        return ForkedProcess(int(answer))

    def manager_class(self) -> type[AsyncKernelManager]:
        """A kernel manager for nbclient that forks its kernel."""
        server = self

        class ForkingKernelManager(AsyncKernelManager):
            async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
                arguments = kernel_cmd[kernel_cmd.index("ipykernel_launcher") + 1 :]
                process = server.fork(arguments, options["cwd"], options["env"])
                self.provisioner.process = process
                self.provisioner.pid = self.provisioner.pgid = process.pid
                self._reconcile_connection_info(self.provisioner.connection_info)

        return ForkingKernelManager

    def __enter__(self) -> "KernelServer":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


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

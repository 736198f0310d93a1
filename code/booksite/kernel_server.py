"""A process that imports Keras once, and forks a kernel for each page that asks for one.

Run as a script by `booksite.kernels`: one request per line of standard input, as JSON; the process id of the new kernel
per line of standard output. Ends, and its kernels with it, when its input ends.
"""

import json
import os
import signal
import sys

# What imports read: figures are drawn as in every kernel, and a kernel ends when its parent, this process, does.
INHERITED = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "JPY_PARENT_PID": str(os.getpid())}
os.environ.update(INHERITED)

import ipykernel_launcher  # noqa: E402
import keras  # noqa: E402, F401 (the import that takes most of a page's time)
from ipykernel.kernelapp import launch_new_instance  # noqa: E402


def become_kernel(arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """Turn this forked process into a kernel, as if Python had just started it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the requests belong to the server,
    os.dup2(2, 1)  # and so do the answers
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment | INHERITED)
    sys.argv = [ipykernel_launcher.__file__, *arguments]
    launch_new_instance()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # kernels that ended leave nothing behind
    for line in sys.stdin:
        arguments, folder, environment = json.loads(line)
        if pid := os.fork():
            print(pid, flush=True)
        else:
            become_kernel(arguments, folder, environment)
            return


if __name__ == "__main__":
    main()

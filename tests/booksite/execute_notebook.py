"""Run a notebook and print, as JSON, how long it took, its kernel's peak memory, and the error if one stopped it.

Runs inside the environment that is tested, with what JupyterLab brings: ``python execute_notebook.py NAME.ipynb``.
"""

import json
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell

# Of the kernel alone. On Linux /proc has it, for ru_maxrss begins there with the memory of whoever started the kernel.
# Elsewhere ru_maxrss has it, in bytes on macOS, else in kilobytes.
PEAK = """
import os
import resource
import sys
if os.path.exists("/proc/self/status"):
    with open("/proc/self/status") as file:
        print(1024 * next(int(line.split()[1]) for line in file if line.startswith("VmHWM")))
else:
    unit = 1 if sys.platform == "darwin" else 1024
    print(unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main(path):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(new_code_cell(PEAK))
    started, error = time.perf_counter(), None
    try:
        NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    except CellExecutionError as stopped:
        error = str(stopped)
    result = {"seconds": round(time.perf_counter() - started, 1), "peak": 0, "error": error}
    if error is None:
        result["peak"] = int(notebook.cells[-1].outputs[0]["text"])
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1])

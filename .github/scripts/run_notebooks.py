"""Run every notebook of a folder, two at a time, each from its own folder; exit code 1 if one fails.

    python run_notebooks.py FOLDER [REPORT]

The Python that runs this runs the notebooks. REPORT is a JSON file that is written: of each notebook, by its path below
the folder, the seconds, the kernel's peak memory in bytes, and the error or null.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

AT_A_TIME = 2
SECONDS = 900  # of a cell

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


def run(path):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
    began, error = time.monotonic(), None
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as stopped:
        error = str(stopped)
    peak = 0 if error else int(notebook.cells[-1].outputs[0]["text"])
    return {"seconds": round(time.monotonic() - began, 1), "peak": peak, "error": error}


def main(folder, report=None):
    paths = sorted(Path(folder).rglob("*.ipynb"))
    results = {}
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for path, result in zip(paths, pool.map(run, paths), strict=True):
            results[path.relative_to(folder).as_posix()] = result
            if result["error"]:
                print(f"{path}: {result['error']}", file=sys.stderr)
            print(f"{result['seconds']:6.1f} s {result['peak'] / 1e6:6.0f} MB  {path}", flush=True)
    if report:
        Path(report).write_text(json.dumps(results), encoding="utf-8")
    failed = sum(result["error"] is not None for result in results.values())
    print(f"{len(results) - failed} notebooks ran, {failed} failed")
    return 0 if results and not failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

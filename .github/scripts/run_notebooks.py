"""Run every notebook of a folder with the Python that runs this, each from its own folder; exit code 1 if one fails."""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

SECONDS = 900  # of a cell


def main(folder):
    notebooks = sorted(Path(folder).rglob("*.ipynb"))
    failed = []
    for path in notebooks:
        began = time.monotonic()
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(
            notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
        )
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            failed.append(path)
            print(f"{path}: {error}", file=sys.stderr)
        print(f"{time.monotonic() - began:6.1f} s  {path}", flush=True)
    print(f"{len(notebooks) - len(failed)} notebooks ran, {len(failed)} failed")
    return 0 if notebooks and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""A training in a process of its own: nothing else there draws random numbers, and its threads can be limited.

Layers and `fit` draw from Python's global random generator. In the worker of a cluster, or beside other trainings,
other threads draw from it too, and a seed would no longer fix a run. Such a worker may also be forbidden to start
processes through `multiprocessing`, so this goes through `subprocess`.
"""

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import joblib

from cnnbook import CnnBookError
from cnnbook.training import Recipe, Run, TrainingError, train
from cnnbook.training.threads import limit

_CODE = "import sys; from cnnbook.training import own_process; own_process.main(*sys.argv[1:])"
_CALL, _RESULT = "call.pickle", "result.pickle"


def train_in_own_process(
    recipe: Recipe,
    seed: int,
    *,
    data=None,
    threads: int | None = None,
    workers: int = 1,
    train: Callable[..., Run] = train,
) -> Run:
    """Train as `cnnbook.training.train` does, or a function like it that the new process can import.

    It has `threads` threads, or by default its share of this machine's cores, if all of the `workers` were here.
    """
    threads = threads or max(1, joblib.cpu_count() // workers)
    with tempfile.TemporaryDirectory(prefix="cnnbook-") as folder:
        Path(folder, _CALL).write_bytes(pickle.dumps((train, recipe, seed, data)))
        process = subprocess.run(
            [sys.executable, "-c", _CODE, folder, str(os.getpid())],
            env=os.environ | limit(threads),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        if process.returncode:
            *_, last_line = process.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
            raise TrainingError(
                f"recipe {recipe.name!r}, seed {seed}: its process ended with exit code {process.returncode}: "
                f"{last_line}; nothing is recorded"
            )
        result = pickle.loads(Path(folder, _RESULT).read_bytes())
    if isinstance(result, CnnBookError):
        raise result
    return result


def main(folder: str, owner: str) -> None:
    """Train what the call in `folder` says, and leave the run there, or the package's own error."""

    def stop_without_owner():
        if os.getppid() != int(owner):  # killed, it cannot stop its trainings: they find out here
            sys.exit(f"process {owner}, which waited for this training, has ended")

    train, recipe, seed, data = pickle.loads(Path(folder, _CALL).read_bytes())
    result: Run | CnnBookError
    try:
        result = train(recipe, seed, data=data, on_epoch=stop_without_owner)
    except CnnBookError as error:
        result = error
    Path(folder, _RESULT).write_bytes(pickle.dumps(result))

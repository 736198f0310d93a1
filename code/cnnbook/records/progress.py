"""One progress bar over many trainings, wherever they run, with the time that is left."""

import contextlib
import os
import platform
import tempfile
import threading
from pathlib import Path

import psutil
from tqdm import tqdm

from cnnbook import CnnBookError

# A step costs more than its multiplications: batches are made, operations started. In multiply-adds for each image.
OVERHEAD = 2_000_000
SECONDS_BETWEEN_LOOKS = 1


class OrphanError(CnnBookError):
    """A training whose results nobody would take."""


def work(recipe, seed=None):
    """Rough cost of one epoch of `recipe` for each image, in multiply-adds: forwards, backwards and the overhead.

    It weighs runs against each other, so that a bar over cheap and dear ones tells the time left.
    """
    from cnnbook import architecture, training

    return 3 * architecture.multiply_adds(training.build(recipe, seed)) + OVERHEAD


class Progress(contextlib.AbstractContextManager):
    """A bar over the epochs of several runs, weighed by what they cost.

    A run may train in another process, so it reports through a file: `ticker` gives what it calls after each epoch.
    On a machine that does not share this one's disk, a run counts when it ends.

    Parameters
    ----------
    runs : sequence of (Recipe, int)
    """

    def __init__(self, runs):
        costs = {recipe.name: work(recipe, seed) for recipe, seed in reversed(runs)}
        self._costs = {(recipe.name, seed): costs[recipe.name] for recipe, seed in runs}
        self._epochs = {(recipe.name, seed): recipe.epochs for recipe, seed in runs}
        self._folder = tempfile.TemporaryDirectory(prefix="cnnbook-")
        self._ended, self._stop, self._lock = set(), threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        total = sum(self._costs[run] * epochs for run, epochs in self._epochs.items())
        form = "{percentage:3.0f} % |{bar}| {desc}, {elapsed} gone, {remaining} to go"
        self._bar = tqdm(total=total, bar_format=form)
        self._describe()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._bar.close()
        self._folder.cleanup()

    def ticker(self, recipe, seed):
        """What the training of `recipe` from `seed` calls after each epoch; it can be sent to another process."""
        return Ticker(self._file((recipe.name, seed)), os.getpid(), platform.node())

    def ended(self, recipe, seed):
        """Count a run as done, whether or not its ticks arrived."""
        self._ended.add((recipe.name, seed))
        self._describe()
        self._look()

    def _file(self, run):
        return Path(self._folder.name) / "{}-{}".format(*run)

    def _describe(self):
        self._bar.set_description_str(f"{len(self._ended)} of {len(self._costs)} runs", refresh=False)

    def _watch(self):
        while not self._stop.wait(SECONDS_BETWEEN_LOOKS):
            self._look()

    def _look(self):
        with self._lock:
            self._bar.n = sum(cost * self._epochs_done(run) for run, cost in self._costs.items())
            self._bar.refresh()

    def _epochs_done(self, run):
        if run in self._ended:
            return self._epochs[run]
        try:
            return min(self._file(run).stat().st_size, self._epochs[run])
        except FileNotFoundError:
            return 0


class Ticker:
    """Adds a byte to a file at each call, where its folder is there; stops a training that nobody waits for any more.

    Parameters
    ----------
    path : Path
    owner : int
        The process that waits for the training. Killed, it cannot stop its workers: they find out here.
    machine : str
        Where the owner runs; elsewhere nothing can be found out.
    """

    def __init__(self, path, owner, machine):
        self._path, self._owner, self._machine = path, owner, machine

    def __call__(self):
        if platform.node() == self._machine and not psutil.pid_exists(self._owner):
            raise OrphanError(f"process {self._owner}, which asked for this training, has ended; nothing is recorded")
        with contextlib.suppress(FileNotFoundError), open(self._path, "ab") as file:
            file.write(b".")

"""Recorded runs on disk: their key, looking them up, writing and verifying them.

A run takes minutes, a build of the book must not. So a run is recorded once, and looked up by everything it depends
on. A record is two files: ``<name>-seed<seed>.json``, and an ``.npz`` of the same stem with the 10,000 test
predictions (and weights, where a page shows them). Reading needs neither Keras nor the data set.
"""

import dataclasses
import hashlib
import importlib.resources
import io
import json
import math
import os
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cnnbook import CnnBookError
from cnnbook.data import small, test_labels
from cnnbook.data.files import write_atomically
from cnnbook.records.keys import run_key
from cnnbook.records.progress import Progress
from cnnbook.training import train
from cnnbook.training.threads import set_limit

RESULTS = Path(importlib.resources.files("cnnbook") / "results")

FIELDS = (
    *("name", "recipe", "seed", "key", "parameters", "history", "train", "valid", "test"),
    *("seconds_first_epoch", "seconds_per_epoch", "device", "threads", "backend", "versions", "date", "arrays_sha256"),
)

SHORT = "CNNBOOK_SHORT"  # the environment variable of the short mode

LATEST = "9999"  # no date is later

_ONE_AT_A_TIME = threading.Lock()  # of trainings in a process, for they share one random generator

# What `run` does where no valid record is found; the environment variable CNNBOOK_TRAIN chooses for a whole build.
MODES = {
    "missing": "train what has no valid record",
    "recorded": "train nothing: a missing record is an error (what a build of the book does unless told otherwise)",
    "fresh": "train everything again",
}


class RecordError(CnnBookError):
    """A record that is missing, stale, damaged, or claims what its predictions do not give."""


@dataclasses.dataclass(frozen=True)
class Record:
    """One recorded run: the JSON's `content`, `test_predictions` (uint8, `(10000,)`) and `weights` by variable."""

    content: Mapping
    test_predictions: np.ndarray
    weights: Mapping

    @property
    def seed(self):
        return self.content["seed"]

    @property
    def history(self):
        return self.content["history"]

    def accuracy(self, split="test"):
        """Accuracy in percent on ``"train"``, ``"valid"`` or ``"test"``."""
        return 100 * self.content[split]["accuracy"]


# --- looking up, and training what is not there ----------------------------------------------------------------------


def run(recipe, seeds=None, *, fresh=False, jobs=None, folder=RESULTS, data=None):
    """Records of `recipe` for `seeds`: looked up where a valid one exists, trained where not.

    Each run is written as soon as it ends, so that an interrupted call loses at most the seeds it was in.

    Parameters
    ----------
    recipe : cnnbook.training.Recipe
    seeds : iterable of int, optional
        Left out, those that the book records.
    fresh : bool
        Train all of them again, whatever is on disk.
    jobs : int, optional
        Runs at a time, see `train_all`.
    folder : Path
        Where the records are.
    data : cnnbook.data.CIFAR10, optional
        Left out, the real CIFAR-10. Other data make other records.

    Returns
    -------
    list of Record
        In the order of `seeds`. In the short mode (``CNNBOOK_SHORT=1``) those without a valid record come from one
        epoch on 60 images, and are kept nowhere.

    Raises
    ------
    RecordError
        If a record is missing or stale and ``CNNBOOK_TRAIN=recorded`` forbids to train.
    """
    seeds = list(range(recipe.seeds) if seeds is None else seeds)
    mode = "fresh" if fresh else training_mode()
    if mode != "recorded" and is_short():
        return _run_short(recipe, seeds, jobs=jobs, folder=folder, data=data)
    if mode != "recorded":
        since = None
        if mode == "fresh":  # a build of several pages trains each run once: it says when it began
            since = LATEST if fresh else os.environ.get("CNNBOOK_FRESH_SINCE", LATEST)
        todo = [seed for seed in seeds if not is_valid(recipe, seed, folder=folder, data=data, since=since)]
        for _ in train_all([(recipe, seed) for seed in todo], jobs=jobs, folder=folder, data=data):
            pass
    return [load(recipe, seed, folder=folder, data=data) for seed in seeds]


def is_short():
    """Whether the short mode is on: the variable ``CNNBOOK_SHORT`` is set, and not to 0."""
    return os.environ.get(SHORT, "0") not in ("", "0")


def _run_short(recipe, seeds, *, jobs, folder, data):
    """Valid records; the others are trained for one epoch on the sample that ships with the book, and kept nowhere."""
    valid = [seed for seed in seeds if is_valid(recipe, seed, folder=folder, data=data)]
    found = {seed: load(recipe, seed, folder=folder, data=data) for seed in valid}
    short = dataclasses.replace(recipe, epochs=1)
    todo = [(short, seed) for seed in seeds if seed not in found]
    with tempfile.TemporaryDirectory() as temporary:
        for record in train_all(todo, jobs=jobs, folder=Path(temporary), data=small()):
            found[record.seed] = record
    return [found[seed] for seed in seeds]


def train_all(runs, *, jobs=None, threads=None, folder=RESULTS, data=None):
    """Train and record each `(recipe, seed)` of `runs`, with a progress bar over all their epochs; yields as they end.

    The runs go through joblib, so that the same call runs on an existing cluster under
    ``joblib.parallel_config("dask")``. Workers train, this process writes.

    Parameters
    ----------
    jobs : int, optional
        Runs at a time, each in a process of its own. Left out, what joblib's configuration says: one, in this process.
    threads : int, optional
        Threads of each worker. Left out, this machine's cores are shared out among its workers; on a cluster, whose
        machines are not known here, each worker has one. A training in this process has what Keras took at its start.

    Yields
    ------
    Record
        Read back from the disk and verified.

    Raises
    ------
    RecordError
        If the folder cannot be written, which is found out before anything is trained, or the runs would share the
        memory of one process.
    """
    import joblib
    from joblib.parallel import get_active_backend

    runs = list(runs)
    if not runs:
        return
    _require_writable(folder)
    backend = get_active_backend()[0]
    workers = joblib.effective_n_jobs(jobs)
    if workers > 1 and getattr(backend, "supports_sharedmem", False):
        raise RecordError(
            "threads share one random generator, so a seed would not fix a run; use joblib's processes or a cluster"
        )
    local = isinstance(backend, joblib.parallel.LokyBackend)
    if threads is None and workers > 1:
        threads = max(1, joblib.cpu_count() // workers) if local else 1
    if threads is not None and workers == 1:  # joblib trains in this process, also for a cluster of one core
        if "keras" in sys.modules:
            raise RecordError(
                f"{threads} threads were asked for, but Keras is loaded in this process already and keeps what it has; "
                f"leave `threads` out, or train with jobs=2, in processes of their own"
            )
        set_limit(threads)
    # Before training: a file that is edited meanwhile must not lend its key to a run that it took no part in.
    keys = {(recipe.name, seed): run_key(recipe, seed, data) for recipe, seed in runs}
    with Progress(runs) as progress:
        calls = (
            joblib.delayed(_trained)(recipe, seed, data, threads, progress.ticker(recipe, seed))
            for recipe, seed in runs
        )
        for recipe, trained in joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")(calls):
            seed = trained.record["seed"]
            write(recipe, trained, keys[recipe.name, seed], folder=folder)
            progress.ended(recipe, seed)
            yield load(recipe, seed, folder=folder, data=data)


def training_mode():
    """One of `MODES`, from the environment variable CNNBOOK_TRAIN."""
    mode = os.environ.get("CNNBOOK_TRAIN") or "missing"
    if mode not in MODES:
        raise RecordError(f"CNNBOOK_TRAIN is {mode!r}; expected one of {', '.join(MODES)}: set it to one or unset it")
    return mode


def _trained(recipe, seed, data, threads, on_epoch):
    """One training, in whichever process; a worker that runs several tasks at a time trains one after the other."""
    with _ONE_AT_A_TIME:
        if threads is not None and "keras" not in sys.modules:
            set_limit(threads)
        return recipe, train(recipe, seed, data=data, on_epoch=on_epoch)


def _require_writable(folder):
    """Find out before hours of training whether its results could be kept."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise RecordError(
            f"records cannot be written to {folder} ({error.strerror}); name another folder, with `folder=` in Python "
            f"or --folder on the command line"
        ) from error


# --- on disk ---------------------------------------------------------------------------------------------------------


def stem(recipe, seed):
    return f"{recipe.name}-seed{seed}"


def command(recipe, seed, folder=RESULTS):
    """What to type to make the record of `recipe` for `seed`."""
    elsewhere = "" if Path(folder) == RESULTS else f" --folder {folder}"
    return f"python -m cnnbook record {recipe.name} --seeds {seed + 1}{elsewhere}"


def write(recipe, run, key, *, folder=RESULTS):
    """Write a `cnnbook.training.Run` as a record under `key`; each of the two files appears whole or not at all.

    The JSON is written last and holds the digest of the other file: stopped in between, the record is refused.
    """
    arrays = io.BytesIO()
    weights = {f"weights/{name}": value for name, value in run.weights.items()}
    np.savez_compressed(arrays, test_predictions=run.test_predictions, **weights)
    content = {**run.record, "key": key, "arrays_sha256": hashlib.sha256(arrays.getvalue()).hexdigest()}
    content = {field: content[field] for field in FIELDS}
    path = Path(folder) / f"{stem(recipe, run.record['seed'])}.json"
    write_atomically(path.with_suffix(".npz"), arrays.getvalue())
    write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())


def is_valid(recipe, seed, *, folder=RESULTS, data=None, since=None):
    """Whether a record of this run is there and can be trusted (and was made at `since`, in ISO form, or later)."""
    try:
        record = load(recipe, seed, folder=folder, data=data)
    except RecordError:
        return False
    return since is None or record.content["date"] >= since


def load(recipe, seed, *, folder=RESULTS, data=None):
    """The record of `recipe` for `seed` on `data`, verified.

    Raises
    ------
    RecordError
        If it is missing, cut off, stale, or not what its own arrays give; says what to type to make it.
    """
    path = Path(folder) / f"{stem(recipe, seed)}.json"
    remedy = f"make it anew with `{command(recipe, seed, folder)}`"
    try:
        record = read(path, labels=None if data is None else data.y_test)
    except FileNotFoundError:
        raise RecordError(f"no record of {recipe.name!r} with seed {seed} in {path.parent}; {remedy}") from None
    except RecordError as error:
        raise RecordError(f"{error}; {remedy}") from error
    expected = {"name": recipe.name, "seed": seed, "recipe": recipe.settings(), "key": run_key(recipe, seed, data)}
    other = [field for field, value in expected.items() if record.content[field] != value]
    if other:
        raise RecordError(
            f"the record {path.name} is stale: its {', '.join(other)} differs from today's, because the recipe, its "
            f"builder, the data or the meaning of training has changed since it was made; {remedy}"
        )
    if seed in recipe.keep_weights and not record.weights:
        raise RecordError(f"the record {path.name} has no weights, and a page shows them; {remedy}")
    return record


def read(path, labels=None):
    """The record at `path` (its JSON file), held against its own arrays but not against any recipe.

    Parameters
    ----------
    path : str or Path
    labels : array, (images,), optional
        The right answers of the test images; left out, those of CIFAR-10.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordError
        If the record contradicts itself.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise RecordError(f"the record {path.name} is cut off or no JSON ({error})") from error
    _require_form(content, path.name)
    try:
        blob = path.with_suffix(".npz").read_bytes()
    except FileNotFoundError:
        raise RecordError(f"the record {path.name} has no {path.stem}.npz beside it") from None
    if hashlib.sha256(blob).hexdigest() != content["arrays_sha256"]:
        raise RecordError(f"{path.stem}.npz is not the file that {path.name} was written with")
    with np.load(io.BytesIO(blob)) as archive:
        arrays = {name: archive[name] for name in archive.files}
    predictions = arrays.pop("test_predictions")
    labels = test_labels() if labels is None else labels
    if predictions.shape != labels.shape or predictions.dtype != np.uint8:
        raise RecordError(
            f"{path.stem}.npz has predictions of shape {predictions.shape} and type {predictions.dtype}, "
            f"expected {labels.shape} and uint8"
        )
    measured, claimed = float((predictions == labels).mean()), content["test"]["accuracy"]
    if abs(measured - claimed) > 1e-9:
        raise RecordError(
            f"the record {path.name} claims a test accuracy of {claimed}, its predictions give {measured}"
        )
    return Record(content, predictions, {name.removeprefix("weights/"): value for name, value in arrays.items()})


def _require_form(content, name):
    """Refuse a record whose JSON does not have the fields, or whose figures cannot be."""
    if not isinstance(content, dict):
        raise RecordError(f"the record {name} is no JSON object but {content!r}")
    absent = [field for field in FIELDS if field not in content]
    if absent:
        raise RecordError(f"the record {name} lacks {', '.join(absent)}")
    for split in ("train", "valid", "test"):
        try:
            loss, accuracy = float(content[split]["loss"]), float(content[split]["accuracy"])
            possible = 0 <= loss < math.inf and 0 <= accuracy <= 1
        except (TypeError, KeyError, ValueError):
            possible = False
        if not possible:
            raise RecordError(
                f"the record {name} has {content[split]!r} for {split!r}, expected a loss of at least 0 and an "
                f"accuracy between 0 and 1"
            )


def read_all(folder=RESULTS):
    """Every record in `folder`, by name and seed."""
    if not Path(folder).is_dir():
        raise RecordError(f"there is no folder {folder} to read records from; check its name")
    records = [read(path) for path in Path(folder).glob("*.json")]
    return sorted(records, key=lambda record: (record.content["name"], record.seed))

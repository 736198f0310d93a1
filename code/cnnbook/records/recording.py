"""Training runs and writing their records.

The runs go through joblib, so that the same call runs on an existing cluster under ``joblib.parallel_config("dask")``.
"""

import functools
import hashlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
from tqdm import tqdm

from cnnbook.data import CIFAR10, small
from cnnbook.data.files import require_writable, write_atomically
from cnnbook.records import ARRAYS, DIGESTS, EPOCHS, RESULTS, Record, RecordError, following_of, form, load, stem
from cnnbook.records.keys import require_imported, run_key
from cnnbook.training import Recipe, Run, build, settings, train
from cnnbook.training.own_process import train_in_own_process
from cnnbook.training.threads import limit

# A step costs more than its multiplications: batches are made, operations started. In multiply-adds for each image.
OVERHEAD = 2_000_000
BAR = "{percentage:3.0f} % |{bar}| {desc}, {elapsed} gone, {remaining} to go"


def record(
    runs: Iterable[tuple[Recipe, int]],
    *,
    jobs: int | None = None,
    threads: int | None = None,
    folder: str | Path = RESULTS,
    data: CIFAR10 | None = None,
) -> Iterator[Record]:
    """Train each `(recipe, seed)` of `runs` and write its record, with a progress bar; yields records as runs end.

    `jobs` of them run at a time, each in a process of its own; by default as many as joblib's configuration says: one,
    in this process. Each run has `threads` threads; by default the cores of the machine it trains on are shared out
    among all jobs. A `RecordError` says that the folder cannot be written, or is the installed book's own, before
    anything is trained.
    """
    runs = list(runs)
    if not runs:
        return
    _require_writable(folder, runs)
    settings.require_backend()
    settings.require_usual()
    jobs = jobs and min(jobs, len(runs))
    workers = joblib.effective_n_jobs(jobs)
    in_this_process = workers == 1 and (threads is None or "keras" not in sys.modules)
    if in_this_process and threads is not None:
        os.environ.update(limit(threads))
    # Before training: a file that is edited meanwhile must not lend its key to a run that it took no part in.
    keys = {(recipe.name, seed): run_key(recipe, seed, data) for recipe, seed in runs}
    recipes = {recipe.name: recipe for recipe, _ in runs}
    costs = {name: epoch_cost(recipe) for name, recipe in recipes.items()}
    with tqdm(total=sum(costs[recipe.name] * recipe.epochs for recipe, _ in runs), bar_format=BAR) as bar:

        def train_here(recipe, seed):
            return _train_keyed(recipe, seed, keys=keys, data=data, on_epoch=lambda: bar.update(costs[recipe.name]))

        if in_this_process:
            trained = (train_here(*run) for run in runs)
        else:
            train_there = joblib.delayed(train_in_own_process)
            options = {
                "data": data,
                "threads": threads,
                "workers": workers,
                "train": functools.partial(_train_keyed, keys=keys),
            }
            # Threads of this process do no more than wait for the others; a cluster is not bound by the preference.
            parallel = joblib.Parallel(n_jobs=jobs, prefer="threads", return_as="generator_unordered")
            trained = parallel(train_there(*run, **options) for run in runs)
        bar.set_description_str(f"0 of {len(runs)} runs")
        for count, run in enumerate(trained, start=1):
            recipe, seed = recipes[run.record["name"]], run.record["seed"]
            write(recipe, run, keys[recipe.name, seed], folder=folder)
            bar.set_description_str(f"{count} of {len(runs)} runs", refresh=False)
            bar.update(0 if in_this_process else costs[recipe.name] * recipe.epochs)
            yield load(recipe, seed, folder=folder, data=data, with_epochs=True)


def _train_keyed(recipe, seed, *, keys, data=None, on_epoch=None):
    """In the process that trains, which may have imported the code at another time or from another folder."""
    require_imported(recipe.builder)
    if run_key(recipe, seed, data) != keys[recipe.name, seed]:
        raise RecordError(
            f"recipe {recipe.name!r}, seed {seed}: the code, or the data, where this run trains differs from what its "
            f"key was taken from, because a file was edited in between or another version is installed there; nothing "
            f"is recorded. Start the recording again, with the same code everywhere"
        )
    return train(recipe, seed, data=data, on_epoch=on_epoch)


def record_short(recipe: Recipe, seeds: Iterable[int], *, jobs: int | None = None) -> list[Record]:
    """Runs of one epoch on the sample that ships with the book; their records are kept nowhere."""
    runs = [(replace(recipe, epochs=1), seed) for seed in seeds]
    with tempfile.TemporaryDirectory() as folder:
        return list(record(runs, jobs=jobs, folder=folder, data=small()))


def epoch_cost(recipe: Recipe, seed: int | None = None) -> int:
    """Rough cost of an epoch of `recipe` per image, in multiply-adds: forward and backward passes and the overhead.

    It weighs runs against each other, so that a bar over cheap and expensive ones tells the time left.
    """
    from cnnbook import architecture  # imports Keras, whose threads must be limited before

    return 3 * architecture.multiply_adds(build(recipe, seed)) + OVERHEAD


def write(recipe: Recipe, run: Run, key: str, *, folder: str | Path = RESULTS) -> None:
    """Write a run as a record under `key`; an older record of it stays until the new one is whole.

    Files of the new arrays first get names of their own. With the JSON, which holds their digests, the new record takes
    the older one's place; reading looks for each under both names, should the last step be missing. A `RecordError`
    says that the run cannot become a record; an older one then stays too.
    """
    weights = {f"weights/{name}": value for name, value in run.weights.items()}
    blobs = {ARRAYS: _packed({"test_predictions": run.test_predictions, **weights})}
    if run.epochs:
        blobs[EPOCHS] = _packed(run.epochs)
    digests = {DIGESTS[suffix]: hashlib.sha256(blob).hexdigest() for suffix, blob in blobs.items()}
    content = {**run.record, "key": key, **digests}
    content = {field: content[field] for field in (*form.FIELDS, *form.LATER_FIELDS) if field in content}
    for fault in form.faults(content | {"key": content["arrays_sha256"]}):  # of the run; the key is not its own
        raise RecordError(f"recipe {recipe.name!r}, seed {content['seed']}: the run {fault}; nothing is recorded")
    path = Path(folder) / f"{stem(recipe, run.record['seed'])}.json"
    _settle(path)
    for suffix, blob in blobs.items():
        write_atomically(following_of(path.with_suffix(suffix)), blob)
    try:
        write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())
    finally:
        _settle(path)
    if not run.epochs:
        path.with_suffix(EPOCHS).unlink(missing_ok=True)  # of an older record


def _packed(arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _settle(path):
    """Give files that have a name of their own that of the record if they belong to it, else remove them.

    An earlier recording may have been stopped before this.
    """
    for suffix in DIGESTS:
        following = following_of(path.with_suffix(suffix))
        if following.is_file():
            digest = hashlib.sha256(following.read_bytes()).hexdigest()
            if path.is_file() and digest.encode() in path.read_bytes():
                os.replace(following, path.with_suffix(suffix))
            else:
                following.unlink()


def _require_writable(folder, runs):
    """Find out before hours of training whether the results could be kept, and whether they may be."""
    # `booksite` stands beside this package in a clone alone. Elsewhere these are the records that readers look up.
    if Path(folder).resolve() == RESULTS.resolve() and not (RESULTS.parents[1] / "booksite").is_dir():
        raise RecordError(
            f"{folder} holds the book's own records; name a folder for yours, with folder='my-results' in Python or "
            f"--folder my-results on the command line"
        )
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for recipe, seed in runs:
            arrays = [Path(folder, f"{stem(recipe, seed)}{suffix}") for suffix in DIGESTS]
            for path in (Path(folder, f"{stem(recipe, seed)}.json"), *arrays, *map(following_of, arrays)):
                require_writable(path)
    except OSError as error:
        raise RecordError(
            f"records cannot be written to {folder} ({error.strerror}); name another folder, with `folder=` in Python "
            f"or --folder on the command line"
        ) from error

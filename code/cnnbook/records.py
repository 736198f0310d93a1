"""Recorded runs on disk: their key, looking them up, writing and verifying them.

A run takes minutes, a build of the book must not. So a run is recorded once, and looked up by everything it depends
on. A record is two files: ``<name>-seed<seed>.json``, and an ``.npz`` of the same stem with the 10,000 test
predictions (and weights, where a page shows them). Reading needs neither Keras nor the data set.
"""

import ast
import dataclasses
import hashlib
import importlib.resources
import importlib.util
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cnnbook import CnnBookError
from cnnbook.data import fingerprint, test_labels
from cnnbook.files import write_atomically
from cnnbook.training import TRAINING_VERSION, train

RESULTS = Path(importlib.resources.files("cnnbook") / "results")

FIELDS = (
    *("name", "recipe", "seed", "key", "parameters", "history", "train", "valid", "test"),
    *("seconds_first_epoch", "seconds_per_epoch", "device", "backend", "versions", "date", "arrays_sha256"),
)

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


def run(recipe, seeds=range(5), *, fresh=False, jobs=1, folder=RESULTS, data=None):
    """Records of `recipe` for `seeds`: looked up where a valid one exists, trained where not.

    Each run is written as soon as it ends, so that an interrupted call loses at most the seeds it was in.

    Parameters
    ----------
    recipe : cnnbook.training.Recipe
    seeds : iterable of int
    fresh : bool
        Train all of them again, whatever is on disk.
    jobs : int
        Runs at a time, each in a process of its own; 1 trains in this one.
    folder : Path
        Where the records are.
    data : cnnbook.data.CIFAR10, optional
        Left out, the real CIFAR-10.

    Returns
    -------
    list of Record
        In the order of `seeds`.

    Raises
    ------
    RecordError
        If a record is missing or stale and ``CNNBOOK_TRAIN=recorded`` forbids to train.
    """
    seeds = list(seeds)
    mode = "fresh" if fresh else training_mode()
    todo = seeds if mode == "fresh" else [seed for seed in seeds if not is_valid(recipe, seed, folder=folder)]
    if mode != "recorded":
        for _ in train_all([(recipe, seed) for seed in todo], jobs=jobs, folder=folder, data=data):
            pass
    return [load(recipe, seed, folder=folder) for seed in seeds]


def train_all(runs, *, jobs=1, folder=RESULTS, data=None):
    """Train and record each `(recipe, seed)` of `runs`, with a progress bar over all their epochs; yields as they end.

    Yields
    ------
    Record
        Read back from the disk and verified.
    """
    import joblib
    from tqdm import tqdm

    runs = list(runs)
    with tqdm(total=sum(recipe.epochs for recipe, _ in runs), unit="epoch", disable=not runs) as bar:
        if jobs == 1:
            for recipe, seed in runs:
                bar.set_description(stem(recipe, seed))
                train_and_write(recipe, seed, folder=folder, data=data, on_epoch=bar.update)
                yield load(recipe, seed, folder=folder)
            return
        # joblib, so that the same call runs on an existing cluster under joblib.parallel_config("dask")
        calls = (joblib.delayed(train_and_write)(recipe, seed, folder=folder, data=data) for recipe, seed in runs)
        for recipe, seed in joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")(calls):
            bar.set_description(stem(recipe, seed))
            bar.update(recipe.epochs)
            yield load(recipe, seed, folder=folder)


def train_and_write(recipe, seed, *, folder=RESULTS, data=None, on_epoch=None):
    """Train one run and write its record; returns `(recipe, seed)`."""
    write(recipe, train(recipe, seed, data=data, on_epoch=on_epoch), folder=folder)
    return recipe, seed


def training_mode():
    """One of `MODES`, from the environment variable CNNBOOK_TRAIN."""
    mode = os.environ.get("CNNBOOK_TRAIN") or "missing"
    if mode not in MODES:
        raise RecordError(f"CNNBOOK_TRAIN is {mode!r}; expected one of {', '.join(MODES)}: set it to one or unset it")
    return mode


# --- the key ---------------------------------------------------------------------------------------------------------


def key(recipe, seed):
    """SHA-256 (hexadecimal) of everything that a run of `recipe` from `seed` depends on."""
    return _digest(
        {
            "recipe": recipe.settings(),
            "seed": seed,
            "data": fingerprint(),
            "builder": builder_digest(recipe.builder),
            "training": TRAINING_VERSION,
        }
    )


def builder_digest(name, source=None):
    """SHA-256 of the syntax trees of the builder `name` and of all functions and constants of its file that it uses.

    Docstrings, comments, line breaks and the order of definitions play no part.

    Parameters
    ----------
    name : str
    source : str, optional
        The file's text; left out, that of `cnnbook.models`.
    """
    if source is None:
        source = Path(importlib.util.find_spec("cnnbook.models").origin).read_text("utf8")  # without importing Keras
    definitions = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            definitions[node.name] = node
        elif isinstance(node, ast.Assign):
            definitions |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
    if name not in definitions:
        raise RecordError(f"cnnbook.models has no builder {name!r}; it has {', '.join(sorted(definitions))}")
    used, waiting = {}, [name]
    while waiting:
        current = waiting.pop()
        if current in definitions and current not in used:
            used[current] = syntax(definitions[current])
            waiting += [node.id for node in ast.walk(definitions[current]) if isinstance(node, ast.Name)]
    return _digest(used)


def syntax(node):
    """A syntax tree as nested lists, without docstrings; the same under every Python version (`ast.dump` is not)."""
    if isinstance(node, list):
        return [syntax(item) for item in node]
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = {name: value for name, value in ast.iter_fields(node) if value not in (None, [])}
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
        fields["body"] = fields["body"][1:]
    return [type(node).__name__, *([name, syntax(value)] for name, value in sorted(fields.items()))]


def _digest(content):
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


# --- on disk ---------------------------------------------------------------------------------------------------------


def stem(recipe, seed):
    return f"{recipe.name}-seed{seed}"


def command(recipe, seed):
    """What to type to make the record of `recipe` for `seed`."""
    return f"python -m cnnbook record {recipe.name} --seeds {seed + 1}"


def write(recipe, run, *, folder=RESULTS):
    """Write a `cnnbook.training.Run` as a record; each of the two files appears whole or not at all.

    The JSON is written last and holds the digest of the other file: stopped in between, the record is refused.
    """
    seed = run.record["seed"]
    arrays = io.BytesIO()
    np.savez_compressed(
        arrays,
        test_predictions=run.test_predictions,
        **{f"weights/{name}": value for name, value in run.weights.items()},
    )
    digest = hashlib.sha256(arrays.getvalue()).hexdigest()
    content = {**run.record, "key": key(recipe, seed), "arrays_sha256": digest}
    content = {field: content[field] for field in FIELDS}
    path = Path(folder) / f"{stem(recipe, seed)}.json"
    write_atomically(path.with_suffix(".npz"), arrays.getvalue())
    write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())


def is_valid(recipe, seed, *, folder=RESULTS):
    """Whether a record of this run is there and can be trusted."""
    try:
        load(recipe, seed, folder=folder)
    except RecordError:
        return False
    return True


def load(recipe, seed, *, folder=RESULTS):
    """The record of `recipe` for `seed`, verified.

    Raises
    ------
    RecordError
        If it is missing, cut off, stale, or not what its own arrays give; says what to type to make it.
    """
    path = Path(folder) / f"{stem(recipe, seed)}.json"
    remedy = f"make it anew with `{command(recipe, seed)}`"
    try:
        record = read(path)
    except FileNotFoundError:
        raise RecordError(f"no record of {recipe.name!r} with seed {seed} in {path.parent}; {remedy}") from None
    except RecordError as error:
        raise RecordError(f"{error}; {remedy}") from error
    if record.content["key"] != key(recipe, seed):
        raise RecordError(
            f"the record {path.name} is stale: its recipe, its builder, the data or the meaning of training has "
            f"changed since it was made; {remedy}"
        )
    missing = seed in recipe.keep_weights and not record.weights
    if missing:
        raise RecordError(f"the record {path.name} has no weights, and a page shows them; {remedy}")
    return record


def read(path):
    """The record at `path` (its JSON file), held against its own arrays but not against any recipe.

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
    absent = [field for field in FIELDS if field not in content]
    if absent:
        raise RecordError(f"the record {path.name} lacks {', '.join(absent)}")
    try:
        blob = path.with_suffix(".npz").read_bytes()
    except FileNotFoundError:
        raise RecordError(f"the record {path.name} has no {path.stem}.npz beside it") from None
    if hashlib.sha256(blob).hexdigest() != content["arrays_sha256"]:
        raise RecordError(f"{path.stem}.npz is not the file that {path.name} was written with")
    with np.load(io.BytesIO(blob)) as archive:
        arrays = {name: archive[name] for name in archive.files}
    predictions = arrays.pop("test_predictions")
    labels = test_labels()
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


def read_all(folder=RESULTS):
    """Every record in `folder`, by name and seed."""
    records = [read(path) for path in Path(folder).glob("*.json")]
    return sorted(records, key=lambda record: (record.content["name"], record.seed))


# --- over seeds ------------------------------------------------------------------------------------------------------


def mean_sd(values):
    """Mean and standard deviation (of the sample, over n - 1) of one figure over several seeds.

    >>> mean_sd([1.0, 2.0, 3.0])
    (2.0, 1.0)
    """
    values = [float(value) for value in values]
    if len(values) < 2:
        raise ValueError(f"a spread needs at least two values, was given {len(values)}; record more seeds")
    return float(np.mean(values)), float(np.std(values, ddof=1))

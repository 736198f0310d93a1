"""Recorded runs: looking them up, and holding each against its own predictions and its recipe of today.

A run takes minutes, a build of the book must not. So a run is recorded once, and looked up by everything it depends
on. A record is two files: ``<name>-seed<seed>.json``, and an ``.npz`` of the same stem with the 10,000 test
predictions (and weights, if a page shows them). Weights of every epoch are in a third, ``.epochs.npz``, which is read
when it is asked for: the copy of this module in JupyterLite goes without. Reading needs neither Keras nor the data set,
and works in a browser; what trains and writes records is in `cnnbook.records.recording` and is imported when something
has to be trained.
"""

import contextlib
import dataclasses
import hashlib
import importlib.resources
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnnbook import CnnBookError
from cnnbook.data import CIFAR10, CLASSES, test_labels
from cnnbook.data.files import read_at_most
from cnnbook.records import form
from cnnbook.records.keys import run_key
from cnnbook.training.recipe import Recipe

RESULTS = Path(str(importlib.resources.files("cnnbook") / "results"))

SHORT = "CNNBOOK_SHORT"  # the environment variable of the short mode
MODES = ("missing", "recorded", "fresh")  # of the environment variable CNNBOOK_TRAIN
ARRAYS, EPOCHS = ".npz", ".epochs.npz"  # what follows a record's stem in the names of its files
DIGESTS = {ARRAYS: "arrays_sha256", EPOCHS: "epochs_sha256"}  # the field of the JSON that has the digest of each
_HELD = {ARRAYS: ("test_predictions", "weights/"), EPOCHS: ("confusion", "epochs/", "scales/")}  # names of its arrays
FOLLOWING = ".{}.next.npz"  # what such a file of a new record is called until its JSON is there, by its name
LATEST = "9999"  # no date is later

MOST_JSON, MOST_ARRAYS = 10**7, 10**9  # bytes
# The largest share of images on which two runs agree; of the book's, it is 0.942. And the largest share of one class.
MOST_ALIKE, MOST_OF_ONE_CLASS = 0.99, 0.9
TRAINING_IMAGES, VALIDATION_IMAGES = 45_000, 5_000  # of CIFAR-10


class RecordError(CnnBookError):
    """A record that is missing, stale, damaged, or claims an accuracy that its predictions do not give."""


@dataclasses.dataclass(frozen=True)
class Record:
    """One recorded run: the JSON's `content`, `test_predictions` (uint8, `(10000,)`) and `weights` by variable.

    `epochs` has the arrays of `cnnbook.training.epochs`, where they were kept and asked for.
    """

    content: Mapping
    test_predictions: np.ndarray
    weights: Mapping
    epochs: Mapping

    @property
    def seed(self) -> int:
        return self.content["seed"]

    @property
    def history(self) -> Mapping:
        return self.content["history"]

    @property
    def computed_with(self) -> str:
        """The backend, and with TensorFlow whether oneDNN was on, which older records do not say."""
        backend = self.content["backend"]
        if backend != "tensorflow":
            return backend
        onednn = self.content.get("onednn")
        return f"{backend}, oneDNN {'unknown' if onednn is None else 'on' if onednn else 'off'}"

    def accuracy(self, split="test") -> float:
        """Accuracy in percent on ``"train"``, ``"valid"`` or ``"test"``."""
        return 100 * self.content[split]["accuracy"]


# --- what may be trained ---------------------------------------------------------------------------------------------


class Policy(NamedTuple):
    """What `run` does about runs that are not recorded.

    They are trained if `trains`, else they are an error. A record made before `since` (a date in ISO form) counts as
    none. What is trained in the `short` mode takes one epoch on 60 images, and is kept nowhere.
    """

    trains: bool
    short: bool
    since: str


def policy(*, fresh: bool = False) -> Policy:
    """The policy that ``CNNBOOK_TRAIN``, ``CNNBOOK_SHORT`` and ``CNNBOOK_FRESH_SINCE`` ask for.

    ``CNNBOOK_TRAIN`` is ``missing`` (train what has no valid record; the default), ``recorded`` (train nothing, the
    default of a build of the book) or ``fresh`` (train everything again, as does `fresh`). A build of several pages
    trains each run once: ``CNNBOOK_FRESH_SINCE`` says when it began.
    """
    mode = os.environ.get("CNNBOOK_TRAIN") or "missing"
    if mode not in MODES:
        raise RecordError(f"CNNBOOK_TRAIN is {mode!r}; expected one of {', '.join(MODES)}: set it to one or unset it")
    short, since = is_short(), ""
    if fresh and not short:
        since = LATEST
    elif mode == "fresh" and not short:
        since = os.environ.get("CNNBOOK_FRESH_SINCE") or LATEST
        try:
            datetime.fromisoformat(since if since != LATEST else f"{LATEST}-01-01")
        except ValueError:
            raise RecordError(
                f"CNNBOOK_FRESH_SINCE is {since!r}; expected a date in UTC such as 2026-11-25T22:00:43+00:00"
            ) from None
    return Policy(trains=fresh or mode != "recorded", short=short, since=since)


def is_short(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the short mode is on: the variable ``CNNBOOK_SHORT`` is set, and not to 0."""
    return environment.get(SHORT, "0") not in ("", "0")


# --- looking up ------------------------------------------------------------------------------------------------------


def run(
    recipe: Recipe,
    seeds: Iterable[int] | None = None,
    *,
    fresh: bool = False,
    jobs: int | None = None,
    folder: str | Path = RESULTS,
    data: CIFAR10 | None = None,
) -> list[Record]:
    """Records of `recipe` for `seeds`: looked up if a valid one exists, else trained if the `policy` allows it.

    Each run is written as soon as it ends, so that an interrupted call loses at most the seeds it was in.

    Parameters
    ----------
    recipe : cnnbook.training.Recipe
    seeds : iterable of int, optional
        By default those that the book records.
    fresh : bool
        Train all of them again, whatever is on disk.
    jobs : int, optional
        Runs at a time, see `cnnbook.records.recording.record`.
    folder : path
        Where the records are.
    data : cnnbook.data.CIFAR10, optional
        By default the real CIFAR-10. Other data make other records.

    Returns
    -------
    list of Record
        In the order of `seeds`. In the short mode (``CNNBOOK_SHORT=1``) those without a valid record come from one
        epoch on 60 images, and are kept nowhere.

    Raises
    ------
    RecordError
        If a record is missing or stale and ``CNNBOOK_TRAIN=recorded`` forbids training, or two contradict each other.
    """
    seeds = list(range(recipe.seeds) if seeds is None else seeds)
    trains, short, since = policy(fresh=fresh)
    records = {}
    for seed in seeds:
        try:
            record = load(recipe, seed, folder=folder, data=data)
        except RecordError:
            if not trains:
                raise
        else:
            if record.content["date"] >= since:
                records[seed] = record
    missing = [seed for seed in seeds if seed not in records]
    if missing:
        from cnnbook.records import recording

        if short:
            trained = recording.record_short(recipe, missing, jobs=jobs)
        else:
            runs = [(recipe, seed) for seed in missing]
            trained = list(recording.record(runs, jobs=jobs, folder=folder, data=data))
        records |= {record.seed: record for record in trained}
    if data is None and not (short and missing):  # a few images say little about which runs are alike
        for disagreement in disagreements(records.values()):
            raise RecordError(f"{disagreement}; make both again with `python -m cnnbook record {recipe.name} --fresh`")
    return [records[seed] for seed in seeds]


def load(
    recipe: Recipe,
    seed: int,
    *,
    folder: str | Path = RESULTS,
    data: CIFAR10 | None = None,
    with_epochs: bool = False,
) -> Record:
    """The record of `recipe` for `seed` on `data`, verified, with the weights of its epochs if asked; trains nothing.

    Raises
    ------
    RecordError
        If it is missing, cut off, stale, or not what its own arrays give; says what to type to make it.
    """
    path = Path(folder) / f"{stem(recipe, seed)}.json"
    remedy = f"make it again with `{command(recipe, seed, folder)}`"
    try:
        record = read(path, labels=None if data is None else data.y_test, with_epochs=with_epochs)
    except FileNotFoundError:
        raise RecordError(f"no record of {recipe.name!r} with seed {seed} in {path.parent}; {remedy}") from None
    except RecordError as error:
        raise RecordError(f"{error}; {remedy}") from error
    expected = {"name": recipe.name, "seed": seed, "recipe": recipe.settings(), "key": run_key(recipe, seed, data)}
    stale = [field for field, value in expected.items() if _text(record.content[field]) != _text(value)]
    if stale:
        raise RecordError(
            f"the record {path.name} is stale: its {', '.join(stale)} differs from today's, because the recipe, its "
            f"builder, the data or the meaning of training has changed since it was made; {remedy}"
        )
    if seed in recipe.keep_weights and not record.weights:
        raise RecordError(f"the record {path.name} has no weights, and a page shows them; {remedy}")
    if seed in recipe.keep_epochs and DIGESTS[EPOCHS] not in record.content:
        raise RecordError(f"the record {path.name} has no weights of its epochs, and a page shows them; {remedy}")
    return record


def _text(value):
    """JSON, in which 128 and 128.0, or true and 1, are not equal."""
    return json.dumps(value, sort_keys=True)


def is_valid(recipe: Recipe, seed: int, *, folder: str | Path = RESULTS) -> bool:
    """Whether a record of this run is there, whole, and can be trusted."""
    try:
        load(recipe, seed, folder=folder, with_epochs=True)
    except RecordError:
        return False
    return True


def stem(recipe: Recipe, seed: int) -> str:
    """The name of a record's files, without what follows the dot."""
    return f"{recipe.name}-seed{seed}"


def command(recipe: Recipe, seed: int, folder: str | Path = RESULTS) -> str:
    """What to type to make the record of `recipe` for `seed`."""
    elsewhere = "" if Path(folder) == RESULTS else f" --folder {folder}"
    return f"python -m cnnbook record {recipe.name} --seeds {seed + 1}{elsewhere}"


# --- reading ---------------------------------------------------------------------------------------------------------


def read(path: str | Path, labels: np.ndarray | None = None, *, with_epochs: bool = False) -> Record:
    """The record at `path` (its JSON file), held against its own arrays but not against any recipe.

    Parameters
    ----------
    path : path
    labels : array, (images,), optional
        The right answers of the test images; by default those of CIFAR-10.
    with_epochs : bool
        Whether to read the weights of its epochs too, if it has them.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RecordError
        If the record contradicts itself.
    """
    path = Path(path)
    try:
        content = json.loads(_file(path, MOST_JSON), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"the record {path.name} is cut off or not JSON ({error})") from error
    for fault in form.faults(content):
        raise RecordError(f"the record {path.name} {fault}")
    if path.stem != f"{content['name']}-seed{content['seed']}":
        raise RecordError(
            f"the record {path.name} is that of {content['name']!r} with seed {content['seed']}; give its files their "
            f"own name"
        )
    arrays = _arrays(path, content, ARRAYS)
    predictions = arrays.pop("test_predictions")
    _require_predictions(path, content, predictions, test_labels() if labels is None else labels)
    if labels is None:
        _require_whole_images(path, content)
    weights = {name.removeprefix("weights/"): value for name, value in arrays.items()}
    _require_weights(path, content, weights)
    epochs = {}
    if with_epochs and DIGESTS[EPOCHS] in content:
        epochs = _arrays(path, content, EPOCHS)
        _require_epochs(f"{path.stem}{EPOCHS}", content, weights, epochs)
        if labels is None:
            _require_validation_images(f"{path.stem}{EPOCHS}", epochs["confusion"])
    return Record(content, predictions, weights, epochs)


def _unique(pairs):
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a field stands in it twice")
    return content


def _file(path, most):
    try:
        return read_at_most(path, most)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise RecordError(f"the record {path.name} cannot be read ({getattr(error, 'strerror', error)})") from error


def _arrays(record, content, suffix):
    """The arrays, by name, of one of a record's files; the JSON's `content` has its digest."""
    path, sha256 = record.with_suffix(suffix), content[DIGESTS[suffix]]
    try:
        blob = _file(path, MOST_ARRAYS)
    except FileNotFoundError:
        blob = None
    if blob is None or hashlib.sha256(blob).hexdigest() != sha256:
        # A recording may have been stopped before its last step.
        with contextlib.suppress(FileNotFoundError):
            following = _file(following_of(path), MOST_ARRAYS)
            blob = following if hashlib.sha256(following).hexdigest() == sha256 else blob
    if blob is None:
        left_out = " (the copy of cnnbook in JupyterLite goes without it)" if suffix == EPOCHS else ""
        raise RecordError(f"the record {record.name} has no {path.name} beside it{left_out}")
    if hashlib.sha256(blob).hexdigest() != sha256:
        raise RecordError(f"{path.name} is not the file that {record.name} was written with")
    try:
        with zipfile.ZipFile(io.BytesIO(blob)) as members:
            size = sum(member.file_size for member in members.infolist())
        if size > MOST_ARRAYS:
            raise RecordError(f"{path.name} unpacks to {size:,} bytes, expected at most {MOST_ARRAYS:,}")
        with np.load(io.BytesIO(blob), allow_pickle=False) as archive:
            arrays = dict(archive)
    except (OSError, ValueError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise RecordError(f"{path.name} is not a readable .npz file ({error})") from error
    first, *groups = _HELD[suffix]
    known = [name for name in arrays if name == first or name.startswith(tuple(groups))]
    are_arrays = all(isinstance(value, np.ndarray) for value in arrays.values())
    if first not in known or len(known) < len(arrays) or not are_arrays:
        raise RecordError(f"{path.name} holds {', '.join(arrays) or 'nothing'}, expected {' and '.join(_HELD[suffix])}")
    return arrays


def following_of(path: Path) -> Path:
    """Where the arrays of a new record are until its JSON is there, by where they then are."""
    return path.with_name(FOLLOWING.format(path.name.removesuffix(ARRAYS)))


def _require_predictions(path, content, predictions, labels):
    if predictions.shape != labels.shape or predictions.dtype != np.uint8:
        raise RecordError(
            f"{path.stem}.npz has predictions of shape {predictions.shape} and type {predictions.dtype}, "
            f"expected {labels.shape} and uint8"
        )
    if predictions.max(initial=0) >= len(CLASSES):
        raise RecordError(f"{path.stem}.npz predicts class {predictions.max()}, expected 0 to {len(CLASSES) - 1}")
    measured, claimed = float((predictions == labels).mean()), content["test"]["accuracy"]
    if abs(measured - claimed) > 1e-9:
        raise RecordError(
            f"the record {path.name} claims a test accuracy of {claimed}, its predictions give {measured}"
        )


def _require_whole_images(path, content):
    """Refuse an accuracy that no whole number of images gives; those of the history have six decimals."""
    trained = TRAINING_IMAGES + (0 if content["recipe"]["hold_out"] else VALIDATION_IMAGES)
    history, rounding = content["history"], form.ROUNDING
    accuracies = [
        ("train", [content["train"]["accuracy"]], trained, 1e-9),
        ("valid", [content["valid"]["accuracy"]], VALIDATION_IMAGES, 1e-9),
        ("accuracy", history["accuracy"], trained, rounding),
        ("val_accuracy", history.get("val_accuracy", []), VALIDATION_IMAGES, rounding),
    ]
    for name, values, count, error in accuracies:
        for right in (value * count for value in values):
            if abs(right - round(right)) > 2 * error * count:
                raise RecordError(
                    f"the record {path.name} has {right:.4f} of {count} images right in {name!r}, expected a whole "
                    f"number"
                )


def _require_weights(path, content, weights):
    if not weights:
        return
    parameters = sum(value.size for value in weights.values())
    if parameters != content["parameters"]:
        raise RecordError(
            f"the record {path.name} claims {content['parameters']} parameters, but its weights are {parameters}"
        )
    wrong = [name for name, value in weights.items() if value.dtype != np.float16 or not np.isfinite(value).all()]
    if wrong:
        raise RecordError(f"{path.stem}.npz has weights that are not numbers of 16 bits: {', '.join(wrong)}")


def _require_epochs(file, content, weights, arrays):
    """Hold the weights of every epoch against those at the end, and their confusions against the history."""
    count = content["recipe"]["epochs"] + 1
    expected = {f"{part}/{name}" for part in ("epochs", "scales") for name in weights} | {"confusion"}
    if not weights or set(arrays) != expected:
        raise RecordError(f"{file} does not hold each epoch's weights of the variables that it has at the end")
    for name, value in weights.items():
        steps, scales = arrays[f"epochs/{name}"], arrays[f"scales/{name}"]
        fit = steps.shape == (count, *value.shape) and steps.dtype == np.int8
        if not fit or scales.shape != (count,) or scales.dtype != np.float32 or not (scales >= 0).all():
            raise RecordError(f"{file} has weights of {name} that are not {count} times those at the end")
        if not np.isfinite(scales).all() or (steps == -128).any():
            raise RecordError(f"{file} has weights of {name} that are not steps of eight bits")
        last = steps[-1] * scales[-1].astype("float64")
        if (np.abs(last - value) > 0.5 * scales[-1] + np.abs(value) * 2.0**-11 + 1e-7).any():
            raise RecordError(f"{file} has weights of {name} after the last epoch that are not those at its end")
    confusion = arrays["confusion"]
    if confusion.shape != (count, len(CLASSES), len(CLASSES)) or confusion.dtype != np.uint16:
        raise RecordError(f"{file} has no confusion of {len(CLASSES)} classes for each of {count} networks")
    totals, right = confusion.sum(axis=2), np.trace(confusion, axis1=1, axis2=2)
    measured = right / totals.sum(axis=1).clip(1)
    claimed = content["history"].get("val_accuracy", [content["valid"]["accuracy"]])
    if (totals != totals[0]).any() or (np.abs(measured[-len(claimed) :] - claimed) > form.ROUNDING).any():
        raise RecordError(f"{file} has confusions that do not give the accuracies of its record")


def _require_validation_images(file, confusion):
    """Refuse counts that the validation images, equally many of each class, do not give."""
    expected = VALIDATION_IMAGES // len(CLASSES)
    counts = confusion.sum(axis=2)
    if (counts != expected).any():
        raise RecordError(
            f"{file} has a confusion of {counts[counts != expected][0]} images of a class, expected {expected}"
        )


def disagreements(records: Iterable[Record]) -> Iterator[str]:
    """Pairs of records that cannot both be right, in words.

    Two runs that depend on different things do not predict the same for nearly all images, unless they predict one
    class for nearly all. One network has as many parameters from every seed.
    """
    records = list(records)
    by_network: dict[str, Record] = {}
    for number, record in enumerate(records):
        content, predictions = record.content, record.test_predictions
        name = f"{content['name']} with seed {record.seed}"
        for twin in records[:number] if np.bincount(predictions).max() < MOST_OF_ONE_CLASS * len(predictions) else ():
            agree = np.count_nonzero(twin.test_predictions == predictions)
            if agree > MOST_ALIKE * len(predictions) and twin.content["key"] != content["key"]:
                alike = "the same predictions" if agree == len(predictions) else f"{agree} predictions of the same kind"
                yield f"{name} has {alike} as {twin.content['name']} with seed {twin.seed}"
        network = json.dumps([content["recipe"]["builder"], content["recipe"].get("arguments")], sort_keys=True)
        first = by_network.setdefault(network, record).content
        if first["parameters"] != content["parameters"]:
            yield (
                f"{name} claims {content['parameters']} parameters, but {first['name']} with seed {first['seed']}, the "
                f"same network, {first['parameters']}"
            )


def read_all(folder: str | Path = RESULTS) -> list[Record]:
    """Every record in `folder`, by name and seed; a `RecordError` also says that two of them cannot both be right."""
    if not Path(folder).is_dir():
        raise RecordError(f"there is no folder {folder} to read records from; check its name")
    records = [read(path) for path in Path(folder).glob("*.json")]
    records.sort(key=lambda record: (record.content["name"], record.seed))
    for disagreement in disagreements(records):
        raise RecordError(f"{disagreement}; make both again with `python -m cnnbook record NAME --fresh`")
    return records

"""What a record's JSON must hold: fields, types and ranges, and figures that agree with each other."""

import math
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

FIELDS = (
    *("name", "recipe", "seed", "key", "parameters", "history", "train", "valid", "test"),
    *("seconds_first_epoch", "seconds_per_epoch", "device", "threads", "backend", "versions", "date", "arrays_sha256"),
)
LATER_FIELDS = (
    "onednn",  # which older records lack: there it counts as unknown
    "epochs_sha256",  # of runs that keep the weights of their epochs
)

BACKENDS = ("tensorflow", "jax", "torch")
SPLITS = ("train", "valid", "test")
SERIES = ("loss", "accuracy", "categorical_crossentropy")  # of the history, and with `val_` before them
LARGEST_LOSS = 16.12  # the cross-entropy of an image is measured with probabilities of at least 1e-7
LONGEST = 1e7  # seconds, four months
MOST_THREADS = 9999  # four digits, as `cnnbook.training.settings` allows
LARGEST_SEED = 2**32 - 1  # of NumPy's generators
SHORTEST = 1e-6  # seconds
EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)  # the book has no older records
CLOCKS_DIFFER = timedelta(hours=1)
ROUNDING = 1.5e-6  # the history has six decimals


def faults(content: object) -> Iterator[str]:
    """What is wrong with the content of a record, in words that follow its name; the first is reason to refuse it."""
    if not isinstance(content, dict):
        yield f"is not a JSON object but {_short(content)}"
        return
    absent = [field for field in FIELDS if field not in content]
    if absent:
        yield f"lacks {', '.join(absent)}"
        return
    for field, (fits, expected) in _FORM.items():
        if field in content and not fits(content[field]):
            yield f"has {_short(content[field])} for {field!r}, expected {expected}"
            return
    yield from _wrong_versions(content["versions"], content["backend"])
    yield from _wrong_losses((repr(split), content[split]["accuracy"], content[split]["loss"]) for split in SPLITS)
    if content.get("onednn") is not None and content["backend"] != "tensorflow":
        yield f"says whether oneDNN was on, which {content['backend']} does not use"
    yield from _wrong_history(content["history"], content["recipe"])
    if content["recipe"]["hold_out"]:
        yield from _wrong_last_epoch(content["history"], content["valid"])
    yield from _wrong_losses(_epochs(content["history"]))


def _wrong_versions(versions, backend):
    absent = [name for name in ("python", "keras", "numpy", "cnnbook", backend) if name not in versions]
    if absent:
        yield f"does not say which version of {', '.join(absent)} it was made with"


def _wrong_losses(figures: Iterable[tuple[str, float, float]]) -> Iterator[str]:
    """Whether each loss is one that probabilities of that accuracy can give.

    Where another class than the right one has the highest probability, the right one has at most a half; where the
    right one has the highest of ten, it has at least a tenth. So it is for means of an epoch.

    `figures` are triples of a place in the record, an accuracy and a loss.
    """
    for place, accuracy, loss in figures:
        least = (1 - accuracy) * math.log(2)
        most = accuracy * math.log(10) + (1 - accuracy) * LARGEST_LOSS
        if not least - 0.001 <= loss <= most + 0.001:
            yield (
                f"has a loss of {loss} for {place}, expected {least:.3f} to {most:.3f} where {accuracy} of the "
                f"images are right"
            )


def _wrong_history(history, recipe):
    """Whether the history has a number in the right range for each series and epoch of the recipe."""
    held_out = tuple(f"val_{name}" for name in SERIES)
    absent = [name for name in SERIES + held_out * recipe["hold_out"] if name not in history]
    if absent:
        yield f"has no {', '.join(absent)} in its history"
    surplus = [name for name in held_out if name in history and not recipe["hold_out"]]
    if surplus:
        yield f"has {', '.join(surplus)} in its history, although no images were held out"
    if unknown := [name for name in history if name not in SERIES + held_out]:
        yield f"has {_short(unknown)} in its history, expected {', '.join(SERIES)}, alone and with val_ before them"
    for name, values in history.items():
        if not isinstance(values, list) or len(values) != recipe["epochs"]:
            yield f"has {_short(values)} for {name!r} in its history, expected a list of {recipe['epochs']} numbers"
            continue
        most = 1 if name.endswith("accuracy") else sys.float_info.max
        positive = "accuracy" in name or "crossentropy" in f"{name} {recipe['loss']}".lower()
        if not all(_is_number(value, 0 if positive else -most, most) for value in values):
            yield f"has {_short(values)} for {name!r} in its history, which are not all numbers that it can have"


def _epochs(history) -> Iterator[tuple[str, float, float]]:
    for before in ("", "val_"):
        pairs = zip(history.get(f"{before}accuracy", ()), history.get(f"{before}{SERIES[2]}", ()), strict=True)
        for epoch, (accuracy, loss) in enumerate(pairs, start=1):
            yield f"'{before}{SERIES[2]}' in epoch {epoch} of its history", accuracy, loss


def _wrong_last_epoch(history, valid):
    """Whether validation after the last epoch gave what the trained network gives.

    The losses differ by rounding, and where many probabilities are below the smallest one that is measured.
    """
    accuracy, loss = history["val_accuracy"][-1], history["val_categorical_crossentropy"][-1]
    if abs(valid["accuracy"] - accuracy) > ROUNDING:
        yield f"has a validation accuracy of {valid['accuracy']}, but {accuracy} after the last epoch of its history"
    least = 0.98 * loss - 0.01 if loss < 3 else 0
    if not least <= valid["loss"] <= 1.02 * loss + 0.01:
        yield f"has a validation loss of {valid['loss']}, but {loss} after the last epoch of its history"


def _short(value):
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**50 else "a number of over 50 digits"
    return text if len(text) <= 100 else f"{text[:100]}..."


# --- types and ranges ------------------------------------------------------------------------------------------------


def _is_number(value, least, most):
    return type(value) in (int, float) and least <= value <= most


def _is_whole(least, most=10**15):
    return lambda value: type(value) is int and least <= value <= most


def _is_text(pattern):
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _is_recipe(value):
    """Whether a recipe has what reading a record needs; the rest is held against the recipe of today."""
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(field), str) for field in ("builder", "loss"))
        and _is_whole(1)(value.get("epochs"))
        and isinstance(value.get("hold_out"), bool)
    )


def _is_result(value):
    return (
        isinstance(value, dict)
        and _is_number(value.get("loss"), 0, LARGEST_LOSS)
        and _is_number(value.get("accuracy"), 0, 1)
    )


def _are_versions(value):
    return (
        isinstance(value, dict)
        and all(map(_is_text(r"[\w.-]{1,50}"), value))
        and all(map(_is_text(r"\d[\w.+-]{0,99}"), value.values()))
    )


def _is_past(value):
    try:
        date = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    # Other forms of ISO dates do not sort by time.
    usual_form = _is_text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00")
    return usual_form(value) and EARLIEST <= date <= datetime.now(UTC) + CLOCKS_DIFFER


_SHA256 = (_is_text("[0-9a-f]{64}"), "64 hexadecimal digits")
# Pages show them: no markup, and no line breaks.
_WORDS = (
    lambda value: _is_text(r"[^\W_][^<>|`&]{0,199}")(value) and value.isprintable(),
    "a few words without markup",
)
_SECONDS = (lambda value: _is_number(value, SHORTEST, LONGEST), f"a number of seconds from {SHORTEST:g} to {LONGEST:g}")
_RESULT = (_is_result, f"a loss from 0 to {LARGEST_LOSS} and an accuracy from 0 to 1")
_FORM: Mapping = {
    "name": (lambda value: _is_text(r"[^\s/\\]{1,100}")(value) and value.isprintable(), "the name of a recipe"),
    "recipe": (_is_recipe, "a recipe with builder, loss, epochs and hold_out"),
    "seed": (_is_whole(0, LARGEST_SEED), f"a whole number from 0 to {LARGEST_SEED}"),
    "key": _SHA256,
    "parameters": (_is_whole(1), "a whole number of at least 1"),
    "history": (lambda value: isinstance(value, dict), "the numbers of each epoch"),
    **dict.fromkeys(SPLITS, _RESULT),
    "seconds_first_epoch": _SECONDS,
    "seconds_per_epoch": _SECONDS,
    "device": _WORDS,
    "threads": (_is_whole(1, MOST_THREADS), f"a whole number from 1 to {MOST_THREADS}"),
    "backend": (lambda value: value in BACKENDS, f"one of {', '.join(BACKENDS)}"),
    "versions": (_are_versions, "a version of each package"),
    "date": (
        _is_past,
        f"a date in UTC since {EARLIEST.year}, such as 2026-11-25T22:00:43+00:00, not to come by this machine's clock",
    ),
    "arrays_sha256": _SHA256,
    "epochs_sha256": _SHA256,
    "onednn": (lambda value: value is None or isinstance(value, bool), "true, false or null"),
}

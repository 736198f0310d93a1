"""The checks in the student's notebook: each question by its name, and what is said about an answer.

Every right answer is computed from `cnnbook.handout`, and so is the answer of every usual mistake, by the functions of
the checkers where they have one. What is said about a mistake stands in `cnnbook.mistakes`.
"""

import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnbook import CnnBookError, handout, shapes
from cnnbook.checkers.compare import equal
from cnnbook.checkers.convolutions import CONVOLVE_1D, CONVOLVE_2D
from cnnbook.mistakes import MISTAKES, Feedback

NOTE = "cnnbook check"  # the key in an output's metadata under which a review finds what was shown

#: The layers whose parameters are counted in the review questions: (kernel_size, channels of the input, filters).
LAYERS = {"a": (3, 3, 32), "b": (5, 32, 64), "c": (2, 3, 2)}

NOT_ANSWERED = "There is no answer yet: write it where the three dots are."
PICTURES = (10, 32, 32, 3)  # one for each class: (classes, height, width, channels)
ROUNDING = 1  # whoever cuts off fractions, or rounds, makes 254 or 1 of an end of the scale


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdict(Feedback):
    """What a check says about an answer; `review` finds the last one of each `name` in the notebook's outputs."""

    name: str

    def __repr__(self):
        return f"{self.name}: right" if self.right else f"{self.name}: not yet. {self.sentence}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self)}, {NOTE: {"name": self.name, "right": self.right, "hint": self.sentence}}


def check(name: str, answer) -> Verdict:
    """Check an answer of the student's notebook.

    Parameters
    ----------
    name : str
        A question; an unknown name is an error that lists them.
    answer : object
        What the task asks for. Whatever it is, a wrong one gives a hint and no error; ``...`` stands for no answer.

    Returns
    -------
    Verdict
        With `right`, and the hint as its `sentence`.

    Raises
    ------
    CnnBookError
        If there is no such question.

    Examples
    --------
    >>> check("activation-maps", 2)
    activation-maps: right
    >>> check("activation-maps", 3)
    activation-maps: not yet. You kept the channels of the input. The output has one map for each filter.
    """
    if name not in CHECKS:
        raise CnnBookError(f"unknown check {name!r}; choose from {', '.join(CHECKS)}")
    hint = NOT_ANSWERED if answer is ... else CHECKS[name](answer)
    return Verdict(name=name, right=not hint, sentence=hint or "")


@dataclass(frozen=True)
class Question:
    """A question about numbers. Called with an answer, it gives a hint, or None if the answer is right."""

    right: Any
    mistakes: list[tuple[str, Any]]  # names of usual mistakes, with the answers that they give
    shape_hint: str  # for an answer of another shape
    other_hint: str  # for any other numbers; {} stands for the place of the first wrong one

    def __call__(self, answer) -> str | None:
        if answer is ... or (isinstance(answer, list | tuple) and any(number is ... for number in answer)):
            return NOT_ANSWERED
        array, right = _numbers(answer), np.asarray(self.right)
        if array is None:
            return self.shape_hint
        if equal(right, array):
            return None
        for name, wrong in self.mistakes:
            if equal(np.asarray(wrong), array):
                return MISTAKES[name].sentence
        if array.shape != right.shape:
            return self.shape_hint
        places = [place for place in np.ndindex(right.shape) if not equal(right[*place, ...], array[*place, ...])]
        return self.other_hint.format(*(index + 1 for index in places[0]))


def _numbers(value) -> np.ndarray | None:
    """Read finite real numbers from a list, an array or a tensor of Keras; None if they are something else."""
    if not isinstance(value, list | tuple | numbers.Real) and not hasattr(value, "__array__"):
        return None
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):  # rows of different length, or a tensor without values
        return None
    return array if array.dtype.kind in "iuf" and np.isfinite(array).all() else None


def _results(mistakes: dict[str, Callable[..., Any]], *arrays, **options) -> list[tuple[str, Any]]:
    """Compute what the mistakes of an exercise of `cnnbook.checkers` give for the numbers of a question."""
    return [(name, wrong(*arrays, **options)) for name, wrong in mistakes.items()]


def _by_key(questions: dict[Any, Question], shape_hint: str, where: str) -> Callable[[Any], str | None]:
    """Combine questions by their keys in the answer: a dictionary, or a list whose keys count from 1.

    `where` stands before a hint, with the key filled in.
    """

    def hint(answer) -> str | None:
        if not isinstance(answer, dict):
            array = _numbers(answer)
            is_row = isinstance(answer, list | tuple) or (array is not None and array.ndim > 0)
            answer = dict(enumerate(answer, start=1)) if is_row else {}
        if not answer or not set(answer) <= set(questions):
            return shape_hint
        hints = ((key, question(answer.get(key, ...))) for key, question in questions.items())
        return next((where.format(key) + hint for key, hint in hints if hint), None)

    return hint


# --- exercise 1: one dimension ---


def _row(stride, padding):
    options = {"stride": stride, "padding": padding}
    right = CONVOLVE_1D.oracle(handout.X, handout.W, **options)
    one_stop_more = CONVOLVE_1D.oracle(handout.X, handout.W, stride=stride, padding=(padding, padding + stride))
    return Question(
        right,
        [
            *_results(CONVOLVE_1D.mistakes, handout.X, handout.W, **options),
            ("sign-forgotten", np.abs(right)),
            ("rounded-up", one_stop_more),
        ],
        "Write the outputs as a list, in the order of the stops. There are floor((n + 2P - k) / S) + 1 of them.",
        "Output {} is wrong: lay the filter over its cells, multiply, add.",
    )


def _size_kept(answer):
    pairs = _numbers(list(answer) if isinstance(answer, set | frozenset) else answer)
    if pairs is None or not (pairs.shape == (0,) or (pairs.ndim == 2 and pairs.shape[1] == 2)):
        return "Write a list of pairs (stride, padding); it may have one pair only."
    settings = {tuple(pair) for pair in pairs.tolist()}
    n, k = len(handout.X), len(handout.W)
    right = {(s, p) for s, p in handout.SETTINGS_1D if shapes.output_size(n, k, stride=s, padding=p) == n}
    for stride, padding in sorted(settings - right):
        if (stride, padding) in handout.SETTINGS_1D:
            return f"S={stride:g}, P={padding:g} is in your list: count its outputs and the input's cells."
        return f"S={stride:g}, P={padding:g} is not one of the five settings."
    if settings != right:
        return "A setting is missing: compare the number of outputs with the number of input cells, setting by setting."
    return None


# --- exercise 1: volumes ---

_HEIGHT, _WIDTH, _CHANNELS = handout.VOLUME.shape
_FILTERS = len(handout.BIAS)
_FIGURE_2 = handout.VOLUME, handout.FILTERS, handout.BIAS


def _volume(stride):
    height, width, depth = right = CONVOLVE_2D.oracle(*_FIGURE_2, stride=stride).shape
    mistakes = [
        ("depth-forgotten", (height, width)),
        ("depth-of-input", (height, width, _CHANNELS)),
        ("channels-first", (depth, height, width)),
        ("size-kept-unpadded", (_HEIGHT, _WIDTH, depth)),
        ("plus-one-forgotten", (height - 1, width - 1, depth)),
    ]
    other_hint = "Count the stops of the 2×2 window along one side: floor((n + 2P - k) / S) + 1."
    return Question(right, mistakes, "Write (height, width, depth).", other_hint)


def _keeps_the_size(answer):
    sizes = _numbers(answer)
    if sizes is None or sizes.shape != (3,) or (sizes != np.round(sizes)).any():
        return "Write three whole numbers: (side of the filter, padding on each side, stride)."
    kernel_size, padding, stride = map(int, sizes)
    try:
        size = shapes.output_size(_HEIGHT, kernel_size, stride=stride, padding=padding)
    except ValueError as error:
        return f"That does not fit: {error}."
    if size == _HEIGHT:
        return None
    if kernel_size % 2 == 0 and stride == 1:
        why = "An even filter needs one zero more on one side than on the other; take an odd one."
    else:
        why = "Start with stride 1: each step of 2 in the filter's side costs 2 cells, each P gives back 2."
    return f"With these {_HEIGHT} cells become {size}. {why}"


def _map(number):
    right = CONVOLVE_2D.oracle(*_FIGURE_2)
    planes = [handout.VOLUME * np.eye(_CHANNELS, dtype=int)[channel] for channel in range(_CHANNELS)]
    biases = (handout.BIAS, 0 * handout.BIAS)
    mistakes = [
        ("bias-subtracted", right - 2 * handout.BIAS),
        ("other-filter", right[..., ::-1]),
        *(("channel-alone", CONVOLVE_2D.oracle(x, handout.FILTERS, bias)) for x in planes for bias in biases),
        *_results(CONVOLVE_2D.mistakes, *_FIGURE_2),
    ]
    return Question(
        right[..., number],
        [(name, volume[..., number]) for name, volume in mistakes if volume.shape == right.shape],
        "Write the map as {} rows of {} numbers.".format(*right.shape),
        "The number in row {}, column {} is wrong: it is the sum of twelve products and one bias.",
    )


# --- exercises 2 and 3 ---


def _weight_pictures(answer):
    pictures = _numbers(answer)
    if pictures is None or pictures.shape != PICTURES:
        got = "no array of numbers" if pictures is None else f"the shape {pictures.shape}"
        return f"Expected ten pictures in one array of shape {PICTURES}, got {got}."
    low, high = pictures.min(axis=(1, 2)), pictures.max(axis=(1, 2))  # (classes, channels)
    if low.min() <= -ROUNDING or high.max() >= 255 + ROUNDING:
        return f"Pixels lie between 0 and 255, yours between {low.min():g} and {high.max():g}."
    if np.all(low <= ROUNDING) and np.all(high >= 255 - ROUNDING):
        return None
    if high.max() <= 1:
        return "These lie between 0 and 1: stretch them to 0 to 255."
    if low.min() <= ROUNDING and high.max() >= 255 - ROUNDING:
        return "One scale for several channels: each channel of each picture needs its own smallest and largest weight."
    return "In each channel of each picture the smallest weight becomes 0 and the largest 255."


def _simple_cnn(answer):
    from cnnbook.handin import networks  # here, since it imports Keras

    return networks.simple_cnn(answer)


# --- exercise 4 ---


def _counts(kernel_size, channels, filters):
    weights = shapes.conv_parameters(kernel_size, channels, filters, bias=False)
    mistakes = [
        ("one-channel", (weights // channels, filters)),
        ("one-filter", (weights // filters, filters)),
        ("one-side-of-kernel", (kernel_size * channels * filters, filters)),
        ("bias-forgotten", (weights, 0)),
        ("one-bias-per-layer", (weights, 1)),
        ("one-bias-per-channel", (weights, filters * channels)),
    ]
    other_hint = "A filter has a weight for each cell in each channel; the biases are counted apart, one per filter."
    return Question((weights, filters), mistakes, "Write the pair (weights, biases).", other_hint)


# Questions by name; each is a function that takes the answer and gives a hint, or None if it is right.
CHECKS = {
    "output-1d": _by_key(
        {setting: _row(*setting) for setting in handout.SETTINGS_1D},
        "Keep the dictionary: a row of outputs for each pair (stride, padding).",
        "S={0[0]}, P={0[1]}: ",
    ),
    "size-kept-1d": _size_kept,
    "activation-maps": Question(
        _FILTERS,
        [("depth-of-input", _CHANNELS), ("map-per-channel", _FILTERS * _CHANNELS)],
        "Write one number.",
        "Count the filters: each has one map.",
    ),
    "volume-stride-1": _volume(1),
    "volume-stride-2": _volume(2),
    "keeps-the-size": _keeps_the_size,
    "output-2d": _by_key(
        {number: _map(number - 1) for number in range(1, _FILTERS + 1)},
        f"Keep the list: {_FILTERS} maps, one for each filter.",
        "Filter {}: ",
    ),
    "weight-pictures": _weight_pictures,
    "simple-cnn": _simple_cnn,
    "parameters": _by_key(
        {name: _counts(*layer) for name, layer in LAYERS.items()},
        "Keep the dictionary: a pair (weights, biases) for each layer.",
        "Layer {}: ",
    ),
}

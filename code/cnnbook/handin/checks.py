"""The checks in the student's notebook: each question by its name, and what is said about an answer.

Every right answer is computed from `cnnbook.handout`, and so is the answer of every usual mistake, by the functions of
the checkers where they have one. What is said about a mistake stands in `cnnbook.mistakes`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

from cnnbook import CnnBookError, handout, shapes
from cnnbook.checkers.compare import equal
from cnnbook.checkers.convolutions import CONVOLVE_1D, CONVOLVE_2D
from cnnbook.checkers.exercise import Exercise
from cnnbook.mistakes import MISTAKES, Feedback
from cnnbook.practice.texts import TEXTS

CHECK_NOTE = "cnnbook check"  # the key in an output's metadata under which a review finds what was shown

#: The layers whose parameters are counted in the review questions: (kernel_size, channels of the input, filters).
LAYERS = {"a": (3, 3, 32), "b": (5, 32, 64), "c": (2, 3, 2)}

NOT_ANSWERED = "There is no answer yet: write it where the three dots are."


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdict(Feedback):
    """What a check says about an answer; `review` finds the last one of each `name` in the notebook's outputs."""

    name: str

    def __repr__(self):
        return f"{self.name}: right" if self.right else f"{self.name}: not yet. {self.hint}"

    @property
    def hint(self) -> str:
        """The sentence, and the page to read again where a usual mistake was recognised."""
        return f'{self.sentence} See the page "{TEXTS["pages"][self.page]}".' if self.page else self.sentence

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self)}, {CHECK_NOTE: {"name": self.name, "right": self.right, "hint": self.hint}}


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
        With `right`, the hint as its `sentence`, and for a usual mistake the `mistake` and its `page`.

    Raises
    ------
    CnnBookError
        If there is no such question.

    Examples
    --------
    >>> check("activation-maps", 2)
    activation-maps: right
    >>> check("activation-maps", 3)  # doctest: +NORMALIZE_WHITESPACE
    activation-maps: not yet. You kept the channels of the input. The output has one map for each filter. See the page
    "Filter a volume".
    """
    if name not in CHECKS:
        raise CnnBookError(f"unknown check {name!r}; choose from {', '.join(CHECKS)}")
    return Verdict(name=name, **vars(CHECKS[name](answer)))


@dataclass(frozen=True, kw_only=True)
class NumberCheck:
    """A check of numbers: called with an answer, it gives feedback."""

    right: Any
    form: str  # how to write an answer; said where it has another shape
    hint: str  # for any other numbers; {} stands for the place of the first wrong one, {got} for the numbers
    mistakes: Sequence[tuple[str, Any]] = ()  # names of usual mistakes, with the answers that they give
    where: str = ""  # stands before each hint
    measure: Callable[[np.ndarray], Any] = np.asarray  # what is compared of an answer, where many are right

    def __call__(self, answer) -> Feedback:
        if answer is ...:
            return self._wrong(NOT_ANSWERED)
        right = np.asarray(self.right)
        try:
            numbers = np.asarray(self.measure(_numbers(answer)))
        except _ComplexNumbersError as error:
            return self._wrong(str(error))
        except (TypeError, ValueError):
            return self._wrong(self.form)
        if equal(right, numbers):
            return Feedback(True)
        if names := self.recognise(answer):
            return MISTAKES[names[0]].feedback(self.where)
        if numbers.shape != right.shape:
            return self._wrong(self.form)
        places = [place for place in np.ndindex(right.shape) if not equal(right[*place, ...], numbers[*place, ...])]
        return self._wrong(self.hint.format(*(index + 1 for index in places[0]), got=numbers))

    def recognise(self, answer) -> list[str]:
        """Name the usual mistakes that give these numbers, which some of them do rightly."""
        try:
            numbers = np.asarray(self.measure(_numbers(answer)))
        except (TypeError, ValueError):
            return []
        return list(dict.fromkeys(name for name, wrong in self.mistakes if equal(np.asarray(wrong), numbers)))

    def _wrong(self, sentence: str) -> Feedback:
        return Feedback(False, self.where + sentence)


class NumberChecks(dict[Any, NumberCheck]):
    """A check for each key of an answer that is a dictionary or a list.

    Where the first wrong part may come of several mistakes, it is said to be the one that all other parts agree with.
    """

    def __call__(self, answer) -> Feedback:
        parts = [(check_part, _part(answer, key)) for key, check_part in self.items()]
        for check_part, part in parts:
            if not (feedback := check_part(part)):
                others = [check.recognise(other) for check, other in parts]
                shared = [name for name in check_part.recognise(part) if all(name in names for names in others)]
                return MISTAKES[shared[0]].feedback(check_part.where) if shared else feedback
        return Feedback(True)


def _part(answer, key):
    try:
        return answer[key]
    except Exception:  # a key that is missing, or an answer without keys, whose class may raise anything
        return ...


class _ComplexNumbersError(ValueError):
    pass


def _numbers(value) -> np.ndarray:
    """Read finite real numbers from a list, a set, an array or a tensor of Keras; other values are an error.

    Fractions and decimals count, and complex numbers whose imaginary parts are rounding, such as those of `np.fft`.
    """
    array = np.asarray(sorted(value) if isinstance(value, set | frozenset) else value)
    if array.dtype.kind == "O" and all(isinstance(x, Real | Decimal) and not isinstance(x, bool) for x in array.flat):
        try:
            array = array.astype(float)
        except OverflowError as error:  # a number of hundreds of digits
            raise ValueError(str(error)) from error
    if array.dtype.kind == "c" and np.isfinite(array).all() and not np.ma.is_masked(value):
        if not equal(array.imag, np.zeros(array.shape)):
            raise _ComplexNumbersError("These are complex numbers. Write real ones: the imaginary parts are not 0.")
        array = array.real
    if np.ma.is_masked(value) or array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        raise ValueError(f"expected finite numbers, got {value!r}")
    return array


def _results(exercise: Exercise, *arrays, **options) -> list[tuple[str, Any]]:
    """Compute what the mistakes of an exercise of `cnnbook.checkers` give for the numbers of a question."""
    return [(name, wrong(*arrays, **options)) for name, wrong in exercise.wrong_functions]


# --- exercise 1: one dimension ---


def _row(stride, padding):
    options = {"stride": stride, "padding": padding}
    right = CONVOLVE_1D.oracle(handout.X, handout.W, **options)
    one_stop_more = CONVOLVE_1D.oracle(handout.X, handout.W, stride=stride, padding=(padding, padding + stride))
    return NumberCheck(
        where=f"S={stride}, P={padding}: ",
        right=right,
        form="Write the outputs as a list, in the order of the stops. There are floor((n + 2P - k) / S) + 1 of them.",
        hint="Output {} is wrong: lay the filter over its cells, multiply, add.",
        mistakes=[
            *_results(CONVOLVE_1D, handout.X, handout.W, **options),
            ("sign-forgotten", np.abs(right)),
            ("rounded-up", one_stop_more),
        ],
    )


_CELLS, _WEIGHTS = len(handout.X), len(handout.W)
_SIZE_KEPT = [
    (s, p) for s, p in handout.SETTINGS_1D if shapes.output_size(_CELLS, _WEIGHTS, stride=s, padding=p) == _CELLS
]

# --- exercise 1: volumes ---

_HEIGHT, _WIDTH, _CHANNELS = handout.VOLUME.shape
_FILTERS = len(handout.BIAS)
_FIGURE_2 = handout.VOLUME, handout.FILTERS, handout.BIAS


def _volume(stride):
    height, width, depth = right = CONVOLVE_2D.oracle(*_FIGURE_2, stride=stride).shape
    return NumberCheck(
        right=right,
        form="Write (height, width, depth).",
        hint="Count the stops of the 2×2 window along one side: floor((n + 2P - k) / S) + 1.",
        mistakes=[
            ("depth-forgotten", (height, width)),
            ("depth-of-input", (height, width, _CHANNELS)),
            ("channels-first", (depth, height, width)),
            ("size-kept-unpadded", (_HEIGHT, _WIDTH, depth)),
            ("plus-one-forgotten", (height - 1, width - 1, depth)),
        ],
    )


def _height_after(sizes):
    if not equal(sizes, whole := np.rint(sizes)):
        raise ValueError(f"expected whole numbers, got {sizes}")
    kernel_size, padding, stride = map(int, whole)
    return shapes.output_size(_HEIGHT, kernel_size, stride=stride, padding=padding)


def _map(number):
    right = CONVOLVE_2D.oracle(*_FIGURE_2)
    planes = [handout.VOLUME * np.eye(_CHANNELS, dtype=int)[channel] for channel in range(_CHANNELS)]
    biases = (handout.BIAS, 0 * handout.BIAS)
    mistakes = [
        ("bias-subtracted", right - 2 * handout.BIAS),
        ("other-filter", right[..., ::-1]),
        *(("channel-alone", CONVOLVE_2D.oracle(x, handout.FILTERS, bias)) for x in planes for bias in biases),
        *_results(CONVOLVE_2D, *_FIGURE_2),
    ]
    return NumberCheck(
        where=f"Filter {number + 1}: ",
        right=right[..., number],
        form="Write the map as {} rows of {} numbers.".format(*right.shape),
        hint="The number in row {}, column {} is wrong: it is the sum of twelve products and one bias.",
        mistakes=[(name, volume[..., number]) for name, volume in mistakes if volume.shape == right.shape],
    )


# --- exercises 2 and 3 ---

_PICTURES = (10, 32, 32, 3)  # one for each class: (classes, height, width, channels)
_SCALE = np.full((10, 3, 2), [0.0, 255.0])  # (classes, channels, the smallest pixel and the largest)


def _ends_of_scale(pictures):
    """Find the smallest and the largest pixel of each channel; 1 more or less is what rounding makes of an end."""
    if pictures.shape != _PICTURES:
        raise ValueError(f"expected pictures of shape {_PICTURES}, got {pictures.shape}")
    ends = np.stack([pictures.min(axis=(1, 2)), pictures.max(axis=(1, 2))], axis=-1)
    return np.where(np.abs(ends - _SCALE) <= 1, _SCALE, ends)


def _simple_cnn(answer) -> Feedback:
    from cnnbook.handin import configurations  # here, since it imports Keras

    sentence = NOT_ANSWERED if answer is ... else configurations.unlike_simple_cnn(answer)
    return Feedback(not sentence, sentence)


# --- exercise 4 ---


def _counts(name, kernel_size, channels, filters):
    weights = shapes.conv_parameters(kernel_size, channels, filters, bias=False)
    return NumberCheck(
        where=f"Layer {name}: ",
        right=(weights, filters),
        form="Write the pair (weights, biases).",
        hint="A filter has a weight for each cell in each channel; the biases are counted apart, one per filter.",
        mistakes=[
            ("one-channel", (weights // channels, filters)),
            ("one-filter", (weights // filters, filters)),
            ("one-side-of-kernel", (kernel_size * channels * filters, filters)),
            ("bias-forgotten", (weights, 0)),
            ("one-bias-per-layer", (weights, 1)),
            ("one-bias-per-channel", (weights, filters * channels)),
        ],
    )


# Checks by name; each is called with the answer and gives feedback.
CHECKS: dict[str, Callable[[Any], Feedback]] = {
    "output-1d": NumberChecks({setting: _row(*setting) for setting in handout.SETTINGS_1D}),
    "size-kept-1d": NumberCheck(
        right=_SIZE_KEPT,
        form="Write a list of pairs (stride, padding): those of the five settings that give as many outputs as the "
        "input has cells.",
        hint="This setting gives more or fewer outputs than the input has cells, or is not one of the five: count.",
    ),
    "activation-maps": NumberCheck(
        right=_FILTERS,
        form="Write one number.",
        hint="Count the filters: each has one map.",
        mistakes=[("depth-of-input", _CHANNELS), ("map-per-channel", _FILTERS * _CHANNELS)],
    ),
    "volume-stride-1": _volume(1),
    "volume-stride-2": _volume(2),
    "keeps-the-size": NumberCheck(
        right=_HEIGHT,
        measure=_height_after,
        form="Write three whole numbers: (side of the filter, padding on each side, stride). The filter has to fit.",
        hint=f"With these {_HEIGHT} cells become {{got}}. "
        "Start with stride 1: each step of 2 in the filter's side costs 2 cells, each P gives back 2.",
    ),
    "output-2d": NumberChecks({number: _map(number) for number in range(_FILTERS)}),
    "weight-pictures": NumberCheck(
        right=_SCALE,
        measure=_ends_of_scale,
        form=f"Write ten pictures as one array of numbers of shape {_PICTURES}.",
        hint="In each channel of each picture, on its own, the smallest weight becomes 0 and the largest 255.",
    ),
    "simple-cnn": _simple_cnn,
    "parameters": NumberChecks({name: _counts(name, *layer) for name, layer in LAYERS.items()}),
}


def told_mistakes() -> set[str]:
    """Name the mistakes that an answer can be told: made in every part, or in one while the others are right."""
    feedback: list[Feedback] = []
    for check_numbers in CHECKS.values():
        if isinstance(check_numbers, NumberCheck):
            feedback += [check_numbers(wrong) for _, wrong in check_numbers.mistakes]
        elif isinstance(check_numbers, NumberChecks):
            right = {key: part.right for key, part in check_numbers.items()}
            made = {key: dict(part.mistakes) for key, part in check_numbers.items()}
            feedback += [check_numbers(right | {key: made[key][name]}) for key in made for name in made[key]]
            names = {name for wrong in made.values() for name in wrong}
            feedback += [check_numbers({key: made[key].get(name, right[key]) for key in made}) for name in names]
    return {told.mistake.name for told in feedback if told.mistake}

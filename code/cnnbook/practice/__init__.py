"""Practice without end: problems drawn from a seed, with hints, a worked solution, and the usual mistakes.

The same seed gives the same problem here and in the browser (``book/review/practice.md``). The texts stand in
``problems.json``, the sentences about mistakes in ``cnnbook/mistakes.json``; the numbers come from `cnnbook.shapes` and
`cnnbook.reference`.

>>> from cnnbook import practice
>>> problem = practice.problem("output_size", seed=7, level=2)
>>> practice.check(problem, problem.answer).right
True
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral
from types import MappingProxyType
from typing import Any

import numpy as np

from cnnbook import CnnBookError
from cnnbook.mistakes import MISTAKES, Feedback, Mistake
from cnnbook.practice import arrays, fields, parameters, sizes
from cnnbook.practice.draws import Answer, Drawn, Draws
from cnnbook.practice.texts import TEXTS, fill, lines

_DRAW = {
    "output_size": sizes.output_size,
    "padding_for_size": sizes.padding_for_size,
    "parameters": parameters.parameters,
    "receptive_field": fields.receptive_field,
    "volume_cell": arrays.volume_cell,
    "one_dimension": arrays.one_dimension,
    "pooling": arrays.pooling,
    "transposed_convolution": sizes.transposed_convolution,
}

#: What problems are about.
KINDS = tuple(_DRAW)
#: 1 is small and direct, 2 has strides and padding, 3 has dilation, "same", groups or several layers.
LEVELS = (1, 2, 3)

_SEEDS = 2**32


class PracticeError(CnnBookError, ValueError):
    """There is no such problem, or the answer has the wrong type."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A problem with all that belongs to it.

    Attributes
    ----------
    kind, seed, level
        What it was drawn from.
    title : str
        The name of its kind, for readers.
    question : str
        Paragraphs with an empty line between them; grids of numbers below their caption.
    hints : tuple of str
        A hint, and the next hint.
    solution : tuple of str
        The steps.
    answer : int or tuple of int
        A tuple is a row of numbers, or a map row after row.
    mistakes : mapping of answer to Mistake
        The wrong answers that are recognised. Where two mistakes lead to the same number it stands for the more
        usual one.
    numbers : mapping
        What was drawn and worked out, by name.
    page : str
        The page that teaches this kind, its path below ``book/``, without suffix.
    """

    kind: str
    seed: int
    level: int
    title: str
    question: str
    hints: tuple[str, ...]
    solution: tuple[str, ...]
    answer: Answer
    mistakes: Mapping[Answer, Mistake] = field(hash=False)
    numbers: Mapping[str, Any] = field(hash=False, repr=False)
    page: str


def problem(kind: str, *, seed: int | None, level: int = 1) -> Problem:
    """Draw a problem.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    seed : int
        From 0 to 2**32 - 1.
    level : int
        One of `LEVELS`.

    Raises
    ------
    PracticeError
        If there is no such kind, seed or level.

    Examples
    --------
    >>> drawn = problem("output_size", seed=4)
    >>> drawn.question
    'A row of 27 cells goes through a convolution with kernel 6, stride 1 and no padding. How many cells does the \
output have?'
    >>> drawn.answer, drawn.mistakes[21].sentence
    (22, 'You counted steps. The first position counts too: add 1.')
    """
    if kind not in KINDS:
        raise PracticeError(f"unknown kind of problem {kind!r}; choose from {', '.join(KINDS)}")
    seed, level = checked_seed(seed), checked_level(level)
    texts, draws = TEXTS["kinds"][kind], Draws(kind, level, seed)
    drawn, mistakes = None, {}
    # A good problem has an answer that is not zero throughout, and at least two mistakes to recognise.
    while not drawn or not np.any(drawn.answer) or len(mistakes) < 2:
        drawn = _DRAW[kind](draws, level)
        mistakes = _distinct(drawn) if drawn else {}
    numbers, words = drawn.numbers | {"answer": drawn.answer}, texts["variants"][drawn.variant]
    return Problem(
        kind=kind,
        seed=seed,
        level=level,
        title=texts["title"],
        question="\n".join(lines(words["question"], numbers)),
        hints=tuple(lines(words["hints"], numbers)),
        solution=tuple(lines(words["solution"], numbers)),
        answer=drawn.answer,
        mistakes=MappingProxyType(mistakes),
        numbers=MappingProxyType(numbers),
        page=texts["page"],
    )


def check(problem_or_kind: Problem | str, answer: Any, *, seed: int | None = None, level: int = 1) -> Feedback:
    """Say whether an answer is right, and if not, by which usual mistake it is wrong, where one is recognised.

    Parameters
    ----------
    problem_or_kind : Problem or str
        A problem, or its kind; then `seed` and `level` say which.
    answer : int, or sequence or array of int
        A map may be given as rows of numbers or row after row.
    seed, level : int
        As for `problem`.

    Raises
    ------
    PracticeError
        If there is no such problem, or the answer has the wrong type.

    Examples
    --------
    >>> check("output_size", 27, seed=4).sentence
    'You kept the size. Without padding the output is smaller.'
    """
    checked = problem_or_kind
    if not isinstance(checked, Problem):
        checked = problem(checked, seed=seed, level=level)
    value, words = _as_answer(checked, answer), TEXTS["feedback"]
    if value == checked.answer:
        return Feedback(True, fill(words["right"], {"answer": value}))
    if value in checked.mistakes:
        return checked.mistakes[value].feedback()
    numbers: dict[str, Any] = {"answer": value, "count": np.size(value)}
    if isinstance(value, tuple) and isinstance(checked.answer, tuple):
        pairs = zip(value, checked.answer, strict=False)
        wrong = [place for place, (given, right) in enumerate(pairs, 1) if given != right]
        name = "some" if len(value) == len(checked.answer) else "length"
        numbers |= {"right": len(value) - len(wrong), "first": next(iter(wrong), 0)}
    else:
        name = "small" if np.less(value, checked.answer) else "large"
    return Feedback(False, fill(words[name], numbers), page=checked.page)


def checked_seed(seed: Any) -> int:
    """Return the seed as an int, or say what it has to be."""
    if not _is_whole(seed) or not 0 <= seed < _SEEDS:
        raise PracticeError(f"the seed must be a whole number from 0 to {_SEEDS - 1:,}; got {seed!r}")
    return int(seed)


def checked_level(level: Any) -> int:
    """Return the level as an int, or say what it has to be."""
    if not _is_whole(level) or level not in LEVELS:
        raise PracticeError(f"the level must be 1, 2 or 3; got {level!r}")
    return int(level)


def _distinct(drawn: Drawn) -> dict[Answer, Mistake]:
    """Map each wrong answer to its mistake; of two mistakes with the same answer, to the first."""
    mistakes: dict[Answer, Mistake] = {}
    for name, value in drawn.mistakes.items():
        if value is not None and value not in ((), drawn.answer):
            mistakes.setdefault(value, MISTAKES[name])
    return mistakes


def _as_answer(problem: Problem, answer: Any) -> Answer:
    """Return an answer in the type of the problem's own, or say what it has to be."""
    if isinstance(problem.answer, int):
        if _is_whole(answer):
            return int(answer)
        raise PracticeError(f"the answer to this problem is one whole number, as an int; got {answer!r}")
    try:
        numbers = np.array(answer)
    except ValueError:  # rows of different lengths
        numbers = np.array(None)
    if not numbers.ndim or not np.issubdtype(numbers.dtype, np.integer):
        raise PracticeError(f"the answer to this problem is a row of whole numbers, such as (1, 0, -2); got {answer!r}")
    return tuple(numbers.ravel().tolist())


def _is_whole(value: Any) -> bool:
    """NumPy's integers pass, booleans do not."""
    return isinstance(value, Integral) and not isinstance(value, bool)


__all__ = ["KINDS", "LEVELS", "Feedback", "Mistake", "PracticeError", "Problem", "check", "problem"]

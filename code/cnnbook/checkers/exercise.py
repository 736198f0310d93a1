"""What an exercise consists of: cases, an oracle, usual mistakes, hints."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from cnnbook.checkers import compare
from cnnbook.mistakes import Mistake, mistake

Function = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """One call: its arguments, and a nudge that says what is new about it.

    `text` is the call as the reader sees it; left out, it is made of the arguments.
    """

    arguments: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)
    nudge: str = ""
    text: str = ""

    def copied_arguments(self) -> tuple[Any, ...]:
        """The function may change its arguments, and the next call must not see that."""
        return tuple(copy.deepcopy(a) if compare.can_change(a) else a for a in self.arguments)


def case(*arguments: Any, nudge: str, **options: Any) -> Case:
    """A `Case` from the call as it would be written, and its nudge."""
    return Case(arguments, options, nudge)


def signed_numbers(seed: int, *shape: int) -> np.ndarray:
    """Whole numbers from -4 to 4 without 0, so that each product shows in a sum."""
    random = np.random.default_rng(seed)
    return random.integers(1, 5, shape) * random.choice((-1, 1), shape)


def mistakes(functions: Mapping[str, Function]) -> tuple[Mistake, ...]:
    """Usual mistakes by their names in `cnnbook.mistakes`, each with the function that makes it."""
    return tuple(mistake(name, wrong) for name, wrong in functions.items())


class Failure(NamedTuple):
    """What is wrong with a case, as in `Report`. `returned` says whether there is a value to compare mistakes with."""

    reason: str
    sentence: str
    nudge: str = ""
    mistake: Mistake | None = None
    returned: bool = False
    value: Any = None


@dataclass(frozen=True)
class Exercise:
    """A function to write, and all that a checker needs.

    Attributes
    ----------
    signature : str
        ``name(parameters)``, as in the starter cell.
    oracle : callable
        Gives the right result of a case, or raises the ValueError that the reader's function has to raise.
    cases : tuple of Case
        From easy to hard.
    mistakes : tuple of Mistake
    second, third : str
        The second hint where no mistake is recognised, and the third: the formula, and the page that derives it.
    rule : callable, optional
        Called with the exercise, the function and the seconds once all cases are right; gives a `Failure` where the
        function is not written as asked.
    large : tuple of Case
        What follows the rule.
    """

    signature: str
    oracle: Function
    cases: tuple[Case, ...]
    mistakes: tuple[Mistake, ...]
    second: str
    third: str
    rule: Callable[["Exercise", Function, float | None], Failure | None] | None = None
    large: tuple[Case, ...] = ()

    @property
    def name(self) -> str:
        return self.signature.partition("(")[0]

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters that are given by position."""
        inside = self.signature.partition("(")[2].partition(")")[0].partition("*")[0]
        return [name for part in inside.split(",") if (name := part.strip())]

"""What an exercise consists of: cases, an oracle, usual mistakes, hints."""

import copy
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnbook.checkers.report import Failure

Function = Callable[..., Any]
Wrong = Function | tuple[Function, ...]  # what makes a mistake, in one way or in several


@dataclass(frozen=True)
class Case:
    """One call, a hint about what is new in it, and the call as the reader sees it if the arguments do not tell."""

    arguments: tuple[Any, ...]
    options: dict[str, Any]
    nudge: str
    text: str = ""

    def copied_arguments(self) -> tuple[Any, ...]:
        """The arguments, so that a function which changes them does not change the case."""
        return tuple(copy.deepcopy(a) if isinstance(a, np.ndarray | list) else a for a in self.arguments)

    def result(self, function: Function) -> Any:
        """Call a function with the case."""
        return function(*self.copied_arguments(), **self.options)


def case(*arguments: Any, nudge: str, **options: Any) -> Case:
    """A `Case` from the call as it would be written, and its hint."""
    return Case(arguments, options, nudge)


def signed_numbers(seed: int, *shape: int) -> np.ndarray:
    """Whole numbers from -4 to 4 without 0, so that each product shows in a sum."""
    random = np.random.default_rng(seed)
    return random.integers(1, 5, shape) * random.choice((-1, 1), shape)


def then(oracle: Function, change: Function) -> Function:
    """What `change` makes of the oracle's result."""
    return lambda *arguments, **options: change(oracle(*arguments, **options))


def misplaced_windows(
    oracle: Function, axes: int, usual_stride: Callable[..., int] = lambda *arguments: 1
) -> dict[str, Wrong]:
    """The mistakes with the windows' places along the first axes: i for i · stride, and steps of the stride over i."""

    def form(change: Callable[..., np.ndarray]) -> Function:
        def wrong(*arguments, stride=None, **options):
            stride = stride or usual_stride(*arguments)
            moved = oracle(*arguments, stride=stride, **options)
            unmoved = oracle(*arguments, stride=1, **options)[tuple(map(slice, moved.shape[:axes]))]
            return change(moved, unmoved, (slice(None, None, stride),) * axes)

        return wrong

    def among_zeros(values, places, like):
        result = np.zeros_like(like)
        result[places] = values
        return result

    def in_front(values, like):
        return among_zeros(values, tuple(map(slice, values.shape[:axes])), like)

    return {
        "window-not-moved": form(lambda moved, unmoved, steps: unmoved),
        "stride-over-windows": (
            # In a list that grows, or in an array of the right size.
            form(lambda moved, unmoved, steps: unmoved[steps]),
            form(lambda moved, unmoved, steps: moved[steps]),
            form(lambda moved, unmoved, steps: among_zeros(unmoved[steps], steps, moved)),
            form(lambda moved, unmoved, steps: among_zeros(moved[steps], steps, moved)),
            form(lambda moved, unmoved, steps: in_front(unmoved[steps], moved)),
        ),
    }


@dataclass(frozen=True)
class Exercise:
    """A function to write, and all that a checker needs.

    Attributes
    ----------
    name : str
        The name of the function.
    oracle : callable
        Gives the right result of a case, or raises the ValueError that the reader's function has to raise. It has the
        signature that the reader's function has to have.
    cases : tuple of Case
        From easy to hard.
    mistakes : dict
        Usual mistakes by their names in `cnnbook.mistakes`, each with a function that makes it, or with several.
    second, third : str
        The second hint where no mistake is recognised, and the third: the formula, and the page that derives it.
    rule : callable, optional
        Called once all cases are right, with the function and the steps that Python took in each case. It gives a
        `Failure` where the function is not written as asked.
    """

    name: str
    oracle: Function
    cases: tuple[Case, ...]
    mistakes: dict[str, Wrong]
    second: str
    third: str
    rule: Callable[[Function, Sequence[int]], Failure | None] | None = None

    @property
    def signature(self) -> str:
        """``name(parameters)``, as in the starter cell."""
        return f"{self.name}{inspect.signature(self.oracle)}"

    @property
    def wrong_functions(self) -> list[tuple[str, Function]]:
        """Every function that makes a mistake, after the mistake's name."""
        functions = {name: wrong if isinstance(wrong, tuple) else (wrong,) for name, wrong in self.mistakes.items()}
        return [(name, wrong) for name in functions for wrong in functions[name]]

    @property
    def parameters(self) -> list[str]:
        return list(inspect.signature(self.oracle).parameters)

"""What a checker gives back: the verdict, and the text that a reader sees below the cell."""

import textwrap
from dataclasses import dataclass, field
from typing import Any

# Narrow enough for a cell's output on the page and on paper.
_WIDTH = 80


@dataclass(frozen=True, repr=False)
class Report:
    """The result of a check. In a notebook it shows itself as text; in a program it is true if all is right.

    Attributes
    ----------
    passed : bool
    cases : int
        How many cases the checker has.
    reason : str
        Why it did not pass: "value", "shape", "type", "none", "raised", "accepted" (an error was due), "changed" (an
        argument), "late", "signature", "rule" (right, but not in the way that was asked for) or "function" (no
        function was given). Empty if it passed.
    problem : str
        What went wrong, in a sentence: the failing case, what it should give and what it gave.
    hints : tuple of str
        The hints that were asked for.
    more : str
        How to get the next hint; empty if there is none.
    mistake : str
        The name of the usual mistake that gives the same result, whether a hint told of it or not. Empty if none does.
    arguments, options : tuple, dict
        The failing case, to try it: ``function(*report.arguments, **report.options)``.
    """

    passed: bool
    cases: int
    reason: str = ""
    problem: str = ""
    hints: tuple[str, ...] = ()
    more: str = ""
    mistake: str = ""
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def __bool__(self):
        return self.passed

    def __repr__(self):
        """Write the feedback, wrapped.

        >>> Report(passed=True, cases=3)
        Right: all 3 cases.
        >>> Report(passed=False, cases=3, problem="f(1) should be 2, yours gave 3.", hints=("Count.",))
        Not yet: f(1) should be 2, yours gave 3.
        Hint: Count.
        """
        if self.passed:
            return f"Right: all {self.cases} cases."
        paragraphs = [f"Not yet: {self.problem}", *(f"Hint: {hint}" for hint in self.hints), self.more]
        return "\n".join(
            textwrap.fill(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False)
            for paragraph in paragraphs
            if paragraph
        )

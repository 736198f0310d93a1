"""What is said about a function: by a `Failure` about one case, by a `Report` to the reader."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cnnbook.mistakes import Feedback


class Failure(NamedTuple):
    """What is wrong with a case: the `reason` as in `Report`, a first hint, and a mistake by its name."""

    reason: str
    sentence: str
    nudge: str = ""
    mistake: str = ""


@dataclass(frozen=True, repr=False)
class Report(Feedback):
    """The result of a check. In a notebook it shows itself as text; in a program it is true if all is right.

    Attributes
    ----------
    right, sentence, mistake, page
        As in `cnnbook.mistakes.Feedback`. The sentence names the failing case, what it should give and what it gave;
        the mistake is there whether a hint told of it or not.
    cases : int
        How many cases the checker has.
    reason : str
        Why it is not right: "value", "shape", "type", "none", "raised", "accepted" (an error was due), "changed" (an
        argument), "late", "signature", "rule" (right, but not in the way that was asked for) or "function" (no
        function was given). Empty if it is right.
    hints : tuple of str
        The hints that were asked for.
    more : str
        How to get the next hint; empty if there is none.
    arguments, options : tuple, dict
        The failing case, to try it: ``function(*report.arguments, **report.options)``.
    """

    cases: int = 0
    reason: str = ""
    hints: tuple[str, ...] = ()
    more: str = ""
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Write the feedback, a line for each paragraph: a notebook wraps it to its width.

        >>> Report(right=True, cases=3)
        Right: all 3 cases.
        >>> Report(right=False, cases=3, sentence="f(1) should be 2, yours gave 3.", hints=("Count.",))
        Not yet: f(1) should be 2, yours gave 3.
        Hint: Count.
        """
        if self.right:
            return f"Right: all {self.cases} cases."
        paragraphs = [f"Not yet: {self.sentence}", *(f"Hint: {hint}" for hint in self.hints), self.more]
        return "\n".join(filter(None, paragraphs))

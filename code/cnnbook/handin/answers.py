"""Look at the answers that the student's notebook asks for: each question by its name, and what is said of an answer.

Every right answer is computed, and so is every usual mistake: what a wrong answer is recognised by is the same
computation with one step done wrong. `arithmetic` has those of exercises 1 and 4, `networks` those of 2 and 3.
"""

import dataclasses

from cnnbook import CnnBookError
from cnnbook.handin import arithmetic, networks

NOTE = "cnnbook check"  # in an output's metadata, of what the command reads there


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a check says: its `name`, whether the answer is `right`, and if not a `hint`."""

    name: str
    right: bool
    hint: str = ""

    def __repr__(self):
        return f"{self.name}: right" if self.right else f"{self.name}: not yet. {self.hint}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self)}, {NOTE: dataclasses.asdict(self)}


def check(name, answer):
    """Look at an answer of the student's notebook.

    Parameters
    ----------
    name : str
        A question; an unknown name is an error that lists them.
    answer : object
        What the task asks for. Whatever it is, a wrong one gives a hint and no error; ``...`` stands for no answer.

    Returns
    -------
    Verdict

    Raises
    ------
    CnnBookError
        If there is no such question.

    Examples
    --------
    >>> check("activation-maps", 2)
    activation-maps: right
    >>> check("activation-maps", 3)
    activation-maps: not yet. The input has 3 channels. How many filters slide over it?
    """
    if name not in CHECKS:
        raise CnnBookError(f"there is no check {name!r}; choose from {', '.join(CHECKS)}")
    hint = arithmetic.NOT_ANSWERED if answer is ... else CHECKS[name](answer)
    return Verdict(name, not hint, hint or "")


# Questions by name; each function takes the answer and gives a hint, or None if it is right.
CHECKS = {
    "output-1d": arithmetic.output_1d,
    "size-kept-1d": arithmetic.size_kept,
    "activation-maps": arithmetic.activation_maps,
    "volume-stride-1": arithmetic.volume(1),
    "volume-stride-2": arithmetic.volume(2),
    "keeps-the-size": arithmetic.keeps_the_size,
    "output-2d": arithmetic.output_2d,
    "weight-pictures": networks.weight_pictures,
    "simple-cnn": networks.simple_cnn,
    "parameters": arithmetic.parameters,
}

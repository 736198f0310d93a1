"""The usual mistakes, and what a reader is told: one table for checkers, practice, hand-in and quiz.

The sentences stand in ``mistakes.json`` by the page that teaches what was missed, since the browser reads them too.
Its part ``practice`` holds those that practice problems recognise, and is all that the practice page loads.

>>> MISTAKES["bias-forgotten"].sentence
'You forgot the bias. Each filter or unit has one.'
>>> MISTAKES["bias-forgotten"].page
'arithmetic/parameters'
"""

import json
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Mistake:
    """A usual mistake.

    Attributes
    ----------
    name : str
        Its key in `MISTAKES`.
    sentence : str
        What the reader did, and what is right.
    page : str
        The page that teaches it: its path below ``book/``, without suffix.
    """

    name: str
    sentence: str
    page: str

    @property
    def label(self) -> str:
        """The label of the page, for a reference in MyST."""
        return self.page.rpartition("/")[2]

    def feedback(self, where: str = "") -> "Feedback":
        """Tell a reader that an answer is wrong by this mistake; `where` stands before the sentence.

        >>> MISTAKES["padding-forgotten"].feedback("S=2, P=1: ").sentence
        'S=2, P=1: You left the padding out.'
        """
        return Feedback(False, where + self.sentence, self, self.page)


@dataclass(frozen=True)
class Feedback:
    """What is said about an answer; it counts as true if the answer is right.

    Attributes
    ----------
    right : bool
    sentence : str
        What the reader is told.
    mistake : Mistake or None
        The mistake that was recognised.
    page : str
        The page to read again, as in `Mistake`; empty if there is none.
    """

    right: bool
    sentence: str = ""
    mistake: Mistake | None = None
    page: str = ""

    def __bool__(self) -> bool:
        return self.right


#: All sentences: part of the table, page, name, sentence.
_TABLE = json.loads(resources.files("cnnbook").joinpath("mistakes.json").read_text("utf-8"))

MISTAKES = {
    name: Mistake(name, sentence, page)
    for pages in _TABLE.values()
    for page, sentences in pages.items()
    for name, sentence in sentences.items()
}

#: The names of the mistakes that practice problems recognise.
PRACTISED = frozenset(name for sentences in _TABLE["practice"].values() for name in sentences)


def mistake(name: str) -> Mistake:
    """Look up a mistake by its name.

    >>> mistake("bias-lost")
    Traceback (most recent call last):
    ...
    ValueError: unknown mistake 'bias-lost'; use a name from cnnbook/mistakes.json, such as 'bias-forgotten'
    """
    if name not in MISTAKES:
        raise ValueError(f"unknown mistake {name!r}; use a name from cnnbook/mistakes.json, such as 'bias-forgotten'")
    return MISTAKES[name]

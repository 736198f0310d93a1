"""The error of the practical's tools, and messages that may hold a stranger's text."""

import re

from cnnbook import CnnBookError

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def printable(message: str) -> str:
    """Write a message on one line, without colours and without characters that would steer the terminal."""
    text = _COLOURS.sub("", message)
    return " ".join("".join(letter for letter in text if letter.isprintable() or letter.isspace()).split())


class HandInError(CnnBookError):
    """A folder that cannot be reviewed or packed, or a run that cannot become a row of the table."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))  # it may name a file or quote a notebook, whose author may be anybody

"""The pictures of a question, of what is given and of the answer: schematics of `cnnbook.plotting`."""

import io
import re
from collections.abc import Callable
from typing import cast

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from booksite.quiz.values import QuizError, evaluate
from booksite.theme.inline_drawings import inline
from cnnbook import plotting
from cnnbook.plotting.style import MARGIN

#: The script shows a copy of the explanation, and no id may be there twice. A schematic lies within its frame anyway.
_CLIPPED = re.compile(r' clip-path="[^"]*"')


def draw_picture(expression: str, alt: str) -> str:
    """Draw what an expression such as ``plotting.windows_1d([1, 2, 3], [1, 1])`` gives, as a part of a page."""

    def draw() -> Axes:
        axes = evaluate(expression)
        if not isinstance(axes, Axes):
            raise QuizError(f"`{expression}` gives {type(axes).__name__}; a schematic of plotting is needed.")
        return axes

    return as_part_of_a_page(draw, alt)


def as_part_of_a_page(draw: Callable[[], Axes], alt: str) -> str:
    """Draw a schematic with the book's look, as SVG without ids."""
    with matplotlib.rc_context():
        plotting.use()
        figure = cast(Figure, draw().figure)
        file = io.StringIO()
        figure.savefig(file, format="svg", bbox_inches="tight", pad_inches=MARGIN, metadata={"Date": None})
    return inline(_CLIPPED.sub("", file.getvalue()), "answer", alt)

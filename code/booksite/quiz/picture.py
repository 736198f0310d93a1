"""The pictures of a question, of what is given and of the answer: schematics of `cnnbook.plotting`."""

from matplotlib.axes import Axes

from booksite.quiz.values import QuizError, evaluate
from booksite.theme.drawings import drawn


def draw_picture(expression: str, alt: str) -> str:
    """Draw what an expression such as ``plotting.windows_1d([1, 2, 3], [1, 1])`` gives, as a part of a page."""

    def draw() -> Axes:
        axes = evaluate(expression)
        if not isinstance(axes, Axes):
            raise QuizError(f"`{expression}` gives {type(axes).__name__}; a schematic of plotting is needed.")
        return axes

    return drawn(draw, alt)


#: Drawings that can be begun, with what is to be seen then.
_BEGUN = {
    "plotting.stops_1d": "The cells, and the first stops of the kernel below them.",
    "plotting.stored": "One filter or unit of each layer.",
}


def draw_begun(expression: str) -> str:
    """Draw the picture of an answer as far as it gives nothing away; an empty text of one that cannot be begun."""
    alt = _BEGUN.get(expression.partition("(")[0])
    return draw_picture(f"{expression[:-1]}, begun=True)", alt) if alt else ""

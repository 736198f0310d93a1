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

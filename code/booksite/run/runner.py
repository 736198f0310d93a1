"""Runs the cells of a page inside the reader's browser, and asks the checkers; the page's worker loads it into Pyodide.

It imports nothing of the site's build and nothing of Pyodide, so that tests run it in any Python.
"""

import ast
import io
import json
import linecache
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from types import CodeType
from typing import Any

#: Characters of a text that are shown, be it printed, a value or an error; a cell that prints more than the second
#: number is stopped.
SHOWN, MOST = 20_000, 10_000_000

#: Characters that a page takes from a cell: more elements than so many have would hold it up. In a drawing each is
#: longer, of about 100 characters, and an image in it is one of many characters.
MOST_OF = {"html": 200_000, "svg": 1_000_000}

#: Seconds between two messages to the page.
_PAUSE = 0.1

Show = Callable[[str, str], None]


class TooMuchOutput(BaseException):
    """A cell printed more than `MOST` characters. No `Exception`, so that ``except Exception`` does not catch it."""


class _Printed(io.TextIOBase):
    """What a cell prints, on its way to the page."""

    def __init__(self, show: Show) -> None:
        self._show, self._waiting, self._count, self._sent = show, "", 0, 0.0

    def write(self, text: str) -> int:
        room = SHOWN - self._count
        self._count += len(text)
        if room > 0:
            self._waiting += text[:room]
        if time.monotonic() - self._sent > _PAUSE:
            self.send()
        if self._count > MOST:
            raise TooMuchOutput
        return len(text)

    def send(self) -> None:
        if self._waiting:
            self._show("text", self._waiting)
        self._waiting, self._sent = "", time.monotonic()

    def finish(self) -> None:
        self.send()
        if self._count > SHOWN:
            self._show("note", f"Of {self._count:,} characters the first {SHOWN:,} are shown.")


class Session:
    """The names that the cells of a page share, and what each cell gives: ``show(kind, text)`` takes it.

    Kinds are "text", "svg", "html", "error" and "note", a sentence about what happened.
    """

    def __init__(self, show: Show) -> None:
        self.show = show
        # Figures are shown when their cell has ended, with `plt.show()` or without.
        warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
        self.forget()
        #: The module that the last cell did not find, if any.
        self.absent = ""

    def forget(self) -> None:
        """Begin with no names, as where cells run again from the first."""
        self.names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}

    def run(self, source: str, name: str, afresh: str = "") -> str:
        """Run a cell and show the value of its last line; gives the error that ended it as one line, or nothing.

        Tracebacks call the cell by its `name`. The name `afresh` is forgotten before: what has it afterwards is this
        cell's own, and none that stayed from an earlier text.
        """
        self.absent = ""
        self.names.pop(afresh, None)
        linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
        printed = _Printed(self.show)
        try:
            with redirect_stdout(printed), redirect_stderr(printed):
                steps, last = _compiled(source, name)
                exec(steps, self.names)
                value = eval(last, self.names) if last else None
                printed.send()
                if value is not None:
                    self.names["_"] = value
                    self._show_value(value)
                self._show_figures()
        except BaseException as error:  # a cell may raise anything, and that is what we report
            printed.finish()
            return self._show_error(error, name)
        printed.finish()
        return ""

    def check(self, exercise: str, hint: int) -> str:
        """Ask a checker about the reader's function of that name; gives its report as JSON."""
        from cnnbook import checkers

        if exercise not in self.names:
            sentence = f"there is no function {exercise}. Its first line begins with `def {exercise}(`."
            return json.dumps({"right": False, "sentence": sentence})
        report = getattr(checkers, f"check_{exercise}")(self.names[exercise], hint=hint)
        return json.dumps(
            {
                "right": report.right,
                "cases": report.cases,
                "sentence": report.sentence,
                "hints": report.hints,
                "page": report.page,
                "mistake": report.mistake.name if report.mistake else "",
            }
        )

    def _show_value(self, value: Any) -> None:
        """Show a value by the best of its forms that a page can take."""
        for kind, text in _forms(value):
            if len(text) <= MOST_OF[kind]:
                return self.show(kind, _for_page(text) if kind == "svg" else text)
            name = "drawing" if kind == "svg" else "HTML"
            words = f"This value's {name} has {len(text):,} characters, too many for this page; here is its text."
            self.show("note", words)
        self._show_text("text", f"{value!r}\n")

    def _show_text(self, kind: str, text: str) -> None:
        """Show a text; of a long one also the end, where an error is named."""
        if len(text) <= SHOWN:
            return self.show(kind, text)
        half = SHOWN // 2
        self.show(kind, f"{text[:half]}\n…\n{text[-half:]}")
        self.show("note", f"Of {len(text):,} characters the first and the last {half:,} are shown.")

    def _show_figures(self) -> None:
        """Show the figures that pyplot holds, and close them."""
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            for number in pyplot.get_fignums():
                self._show_value(pyplot.figure(number))
            pyplot.close("all")

    def _show_error(self, error: BaseException, file: str) -> str:
        if isinstance(error, TooMuchOutput):
            words = f"The cell was stopped: it printed more than {MOST // 1_000_000} million characters."
            self.show("note", words)
            return words
        report = traceback.TracebackException.from_exception(error, compact=True)
        # What called the cell is ours.
        while report.stack and report.stack[0].filename != file:
            del report.stack[0]
        self._show_text("error", "".join(report.format()))
        if isinstance(error, ModuleNotFoundError):
            self.absent = error.name or ""
            self.show(
                "note", f"{error.name} is not a part of the Python in this page. The page's notebook can have it."
            )
        elif isinstance(error, FileNotFoundError):
            self.show("note", "Python in this page has a disk of its own, without your files.")
        elif isinstance(error, EOFError):  # of `input()`
            self.show("note", "A cell in the page cannot ask; write the value into the cell.")
        elif isinstance(error, RecursionError):
            self.show("note", "The function calls itself without an end. Which call should be the last?")
        return "".join(report.format_exception_only()).strip().splitlines()[-1]


def _compiled(source: str, file: str) -> tuple[CodeType, CodeType | None]:
    """Compile a cell, and apart from it its last line if that is an expression without a semicolon."""
    tree = ast.parse(source, file)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        expression = tree.body.pop()
        assert isinstance(expression, ast.Expr)
        last = compile(ast.Expression(expression.value), file, "eval")
    return compile(tree, file, "exec"), last


def _forms(value: Any) -> Iterator[tuple[str, str]]:
    """Give what shows a value better than its text, by kind, the best first."""
    if (pyplot := sys.modules.get("matplotlib.figure")) and isinstance(value, pyplot.Figure):
        file = io.StringIO()
        value.savefig(file, format="svg", bbox_inches="tight", pad_inches=0.02, metadata={"Date": None})
        yield "svg", file.getvalue()
    elif not isinstance(value, type):
        for kind, method in (("svg", "_repr_svg_"), ("html", "_repr_html_")):
            if (form := getattr(value, method, None)) and (text := form()):
                yield kind, text


def _for_page(svg: str) -> str:
    """A drawing as the build puts it into a page: its colours follow the theme."""
    from booksite_drawings import inline  # type: ignore[import-not-found]  # `booksite.theme.inline_drawings`

    _for_page.count = count = getattr(_for_page, "count", 0) + 1  # type: ignore[attr-defined]
    return inline(svg, f"run{count}", "Figure drawn by the cell above")

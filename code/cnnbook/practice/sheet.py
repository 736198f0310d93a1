"""A printable sheet of problems, with its key: the problems that the browser shows for the same seed."""

import secrets
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from cnnbook.data.files import write_unless_edited
from cnnbook.practice import KINDS, LEVELS, PracticeError, Problem, checked_seed, problem
from cnnbook.practice.draws import Draws
from cnnbook.practice.texts import TEXTS, blocks, shown

MOST, USUAL = 40, 10
_SEEDS_OF_PROBLEMS = 10_000

# A4, black on white, with nothing fetched from anywhere.
_STYLE = """
@page { size: A4; margin: 18mm 17mm 16mm; }
* { box-sizing: border-box; }
body { font: 11pt/1.42 "Source Sans 3", "Segoe UI", Helvetica, Arial, "Liberation Sans", sans-serif; color: #000;
       background: #fff; max-width: 176mm; margin: 8mm auto; padding: 0 4mm; }
header { border-bottom: 2px solid #000; padding-bottom: 3mm; }
h1 { font-size: 17pt; margin: 0 0 3mm; }
h2 { font-size: 11.5pt; margin: 0 0 1.5mm; }
p { margin: 0 0 2mm; }
.blanks { display: flex; gap: 8mm; margin: 0; }
.blanks span { flex: 1; border-bottom: 1px solid #000; }
.blanks span:first-child { flex: 2; }
section { break-inside: avoid; padding: 4mm 0 0; }
section + section { border-top: 1px solid #bbb; margin-top: 4mm; }
.grids { display: flex; flex-wrap: wrap; gap: 2mm 9mm; margin: 2mm 0; }
table { border-collapse: collapse; }
caption { text-align: left; white-space: nowrap; font-size: 9.5pt; padding-bottom: 0.6mm; }
td { border: 1px solid #555; min-width: 8.5mm; padding: 0.4mm 1.2mm; text-align: center; }
ol { margin: 0 0 2mm; padding-left: 7mm; }
code { font: 0.9em ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.room { height: 30mm; }
.answer { width: 70mm; border-bottom: 1px solid #000; margin-bottom: 1mm; }
.key { font-weight: 700; }
.mistakes { font-size: 9.5pt; color: #222; }
.mistakes li { margin: 0; }
@media print { body { margin: 0; padding: 0; max-width: none; } }
"""


def problems(seed: int, *, count: int = USUAL, level: int | None = None, kinds: Sequence[str] = KINDS) -> list[Problem]:
    """Draw the problems of a sheet.

    Kinds come in rounds, each in a drawn order, so that none comes a third time before every one has come twice. No
    question is asked twice: of each kind and level there are more questions than a sheet has problems.

    Parameters
    ----------
    seed : int
        As for `cnnbook.practice.problem`.
    count : int
        From 1 to 40.
    level : int, optional
        Of all problems; without it the levels rise, a third of the sheet each.
    kinds : sequence of str
        Some of `KINDS`, in any order.

    Raises
    ------
    PracticeError
        If one of these is not what it has to be.

    Examples
    --------
    >>> [drawn.level for drawn in problems(7, count=6)]
    [1, 1, 2, 2, 3, 3]
    """
    seed = checked_seed(seed)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST:
        raise PracticeError(f"a sheet has 1 to {MOST} problems; got {count!r}")
    unknown = [kind for kind in kinds if kind not in KINDS]
    if isinstance(kinds, str) or unknown or not kinds:
        raise PracticeError(f"kinds must be a list with one or more of {', '.join(KINDS)}; got {kinds!r}")
    kinds = _in_order(kinds)
    draws, drawn, questions = Draws("sheet", seed), [], {""}
    kinds_left: list[str] = []
    for position in range(count):
        kinds_left = kinds_left or draws.shuffled(kinds)
        kind = kinds_left.pop(0)
        level_here = LEVELS[3 * position // count] if level is None else level
        question = ""
        while question in questions:
            candidate = problem(kind, seed=draws.below(_SEEDS_OF_PROBLEMS), level=level_here)
            question = candidate.question
        questions.add(question)
        drawn.append(candidate)
    return drawn


def _in_order(kinds: Sequence[str]) -> list[str]:
    """The order in which kinds are named plays no part."""
    return [kind for kind in KINDS if kind in kinds]


def write(
    folder: Path | str,
    *,
    seed: int | None = None,
    count: int = USUAL,
    level: int | None = None,
    kinds: Sequence[str] | None = None,
    solutions: bool = True,
    force: bool = False,
) -> list[Path]:
    """Write a sheet as an HTML page that a browser prints on A4, and its key beside it.

    Options other than the defaults appear in the file names, so that no sheet overwrites another:
    ``practice-7-count-16-level-2-pooling.html``.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    seed : int, optional
        As for `problems`; a new one if it is left out.
    count, level, kinds
        As for `problems`.
    solutions : bool
        Whether to write the key: each problem with its solution, its answer and the usual mistakes.
    force : bool
        Write over a file of that name with another content, which somebody may have edited.

    Raises
    ------
    PracticeError
        As for `problems`; then nothing is written.
    CnnBookError
        If a file is kept because it may have been edited; the other one is written.
    OSError
        If a file cannot be written; an older one stays as it was.
    """
    seed = secrets.randbelow(_SEEDS_OF_PROBLEMS) if seed is None else seed
    kinds = KINDS if kinds is None else kinds
    drawn = problems(seed, count=count, level=level, kinds=kinds)
    name, address, few = f"practice-{seed}", f"#seed={seed}&count={count}", _in_order(kinds)
    if count != USUAL:
        name += f"-count-{count}"
    if level:
        name, address = f"{name}-level-{level}", f"{address}&level={level}"
    if len(few) < len(KINDS):
        name, address = "-".join([name, *few]), f"{address}&kinds={','.join(few)}"
    paths = [Path(folder, f"{name}.html"), Path(folder, f"{name}-answers.html")][: 1 + solutions]
    pages = (_page(f"Practice sheet {seed}{': answers' if key else ''}", drawn, address, key) for key in (False, True))
    contents = {path: page.encode() for path, page in zip(paths, pages, strict=False)}
    return write_unless_edited(contents, force=force)


def _page(title: str, problems: Sequence[Problem], address: str, key: bool) -> str:
    blanks = '<p class="blanks"><span>Name:</span> <span>Date:</span></p>'
    link = f"<code>practice.html{escape(address)}</code>"
    note = f"<p>The same problems on the page <em>Practise until it is easy</em>: {link}</p>"
    sections = "\n".join(_section(number, problem, key) for number, problem in enumerate(problems, 1))
    # No search engine leads a student to a key.
    robots = '<meta name="robots" content="noindex">\n' if key else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="description" content="{escape(title)}: convolution arithmetic, to print.">\n{robots}'
        '<link rel="icon" href="data:,">\n'  # else a browser asks a server for one
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<header>\n<h1>{escape(title)}</h1>\n{note if key else blanks}\n</header>\n<main>\n{sections}\n</main>\n"
        "</body>\n</html>\n"
    )


def _section(number: int, problem: Problem, key: bool) -> str:
    parts = [f"<h2>{number}. {escape(problem.title)} (level {problem.level})</h2>", _question(problem.question)]
    if key:
        titles = TEXTS["pages"]
        mistakes = "".join(
            f"<li>{escape(shown(value))}: {_rich(mistake.sentence)} <em>{escape(titles[mistake.page])}</em></li>"
            for value, mistake in problem.mistakes.items()
        )
        parts += [
            _list(problem.solution),
            f'<p class="key">Answer: {escape(shown(problem.answer))}</p>',
            '<p class="mistakes">Usual mistakes, and the page that teaches what was missed:</p>',
            f'<ul class="mistakes">{mistakes}</ul>',
        ]
    else:
        parts += ['<div class="room"></div>', '<p class="answer">Answer:</p>']
    return "<section>\n" + "\n".join(parts) + "\n</section>"


def _question(question: str) -> str:
    html, grids = [], []
    for kind, first, *rest in blocks(question):
        if kind == "grid":
            rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rest[0])
            grids.append(f"<table><caption>{escape(first)}</caption><tbody>{rows}</tbody></table>")
        else:
            html.append(_list(first) if kind == "list" else f"<p>{_rich(first)}</p>")
    # In every question the grids come last.
    return "\n".join(html + ([f'<div class="grids">{"".join(grids)}</div>'] if grids else []))


def _list(items: Iterable[str]) -> str:
    return "<ol>" + "".join(f"<li>{_rich(item)}</li>" for item in items) + "</ol>"


def _rich(text: str) -> str:
    """Escape a text, and set what stands in backticks as code."""
    parts = escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if position % 2 else part for position, part in enumerate(parts))

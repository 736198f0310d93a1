"""The sheet "1-D": figure 1, with a line of outputs for each of the five settings of stride and padding."""

from cnnbook import handout, reference, shapes
from cnnbook.handin.worksheets.questions import Answer, Question, area, at, define, worked_note
from cnnbook.handin.worksheets.workbooks import accept_numbers, finish, put

_STEPS, _TAPS = len(handout.X), len(handout.W)
_PAD = max(padding for _, padding in handout.SETTINGS_1D)
# Every setting offers as many cells as the longest output needs: how many of them exist is part of the question.
_OFFERED = max(shapes.output_size(_STEPS, _TAPS, stride=s, padding=p) for s, p in handout.SETTINGS_1D)

_X_ROW, _W_ROW, _FIRST_SETTING = 6, 10, 14
_STRIDE, _PADDING, _OUTPUTS = 1, 2, 3  # columns
_LEFT = _OUTPUTS + _PAD  # the column of x0, of w0 and of y0
_VERDICT = _LEFT + max(_STEPS + _PAD, _OFFERED) + 1


def lay_out(sheet, *, solved: bool) -> list[Question]:
    """Write what is given, name it x, x_padded and w, and return the questions."""
    put(sheet, "A1", "Exercise 1 a): one dimension", "Sheet title")
    put(sheet, "A2", "Slide w along x, without turning it round: multiply the numbers that meet, and add.", "Note")
    put(
        sheet,
        "A3",
        "For each setting give the number of outputs, then the outputs; leave the other cells empty.",
        "Note",
    )
    _signal(sheet)
    labels = ("stride S", "padding P", "outputs")
    for column, label in enumerate(labels, start=1):
        put(sheet, at(_FIRST_SETTING - 1, column), label, "Column label")
    for step in range(_OFFERED):
        put(sheet, at(_FIRST_SETTING - 1, _LEFT + step), f"y{step}", "Column label")
    put(sheet, at(_FIRST_SETTING - 1, _VERDICT), "check", "Label")
    questions = [
        _setting(sheet, _FIRST_SETTING + 3 * line, stride, padding, worked=line == 0)
        for line, (stride, padding) in enumerate(handout.SETTINGS_1D)
    ]
    put(sheet, at(_FIRST_SETTING + 3 * len(questions), 1), worked_note(questions[0], solved=solved), "Note")
    widths = {_STRIDE: 11, _PADDING: 11, _OUTPUTS: 9, _VERDICT - 1: 6.5, _VERDICT: 30}
    finish(sheet, columns=dict.fromkeys(range(_LEFT, _VERDICT), 6.5) | widths)
    return questions


def _signal(sheet) -> None:
    """Write x between its zeros, and w below."""
    put(sheet, at(_X_ROW, 1), "Input x", "Section")
    put(sheet, at(_W_ROW, 1), "Kernel w", "Section")
    for step in range(-_PAD, _STEPS + _PAD):
        inside = 0 <= step < _STEPS
        put(sheet, at(_X_ROW - 1, _LEFT + step), f"x{step}" if inside else "zero", "Column label")
        put(sheet, at(_X_ROW, _LEFT + step), handout.X[step] if inside else 0, "Given" if inside else "Fixed")
    put(sheet, at(_X_ROW + 1, _LEFT), f"The grey zeros are there only with padding P = {_PAD}.", "Label")
    for tap, weight in enumerate(handout.W):
        put(sheet, at(_W_ROW - 1, _LEFT + tap), f"w{tap}", "Column label")
        put(sheet, at(_W_ROW, _LEFT + tap), weight, "Given")
    define(sheet, "x", area(_X_ROW, _LEFT, 1, _STEPS, fixed=True))
    define(sheet, "x_padded", area(_X_ROW, _LEFT - _PAD, 1, _STEPS + 2 * _PAD, fixed=True))
    define(sheet, "w", area(_W_ROW, _LEFT, 1, _TAPS, fixed=True))
    accept_numbers(sheet, [area(_X_ROW, _LEFT, 1, _STEPS), area(_W_ROW, _LEFT, 1, _TAPS)])


def _setting(sheet, row: int, stride: int, padding: int, *, worked: bool) -> Question:
    """Ask for the number of outputs and the outputs of one stride and padding; the marks stand one row below."""
    put(sheet, at(row, _STRIDE), stride, "Fixed")
    put(sheet, at(row, _PADDING), padding, "Fixed")
    s, p = (f"'{sheet.title}'!{at(row, column, fixed=True)}" for column in (_STRIDE, _PADDING))
    size = f"INT((COLUMNS(x)+2*{p}-COLUMNS(w))/{s})+1"
    shown = f"=INT((COLUMNS(x)+2*{at(row, _PADDING)}-COLUMNS(w))/{at(row, _STRIDE)})+1"
    outputs = reference.conv1d(
        handout.X[None, :, None], handout.W[:, None, None], stride=stride, padding=padding
    ).ravel()
    answers = [Answer(at(row, _OUTPUTS), at(row + 1, _OUTPUTS), f"={size}", len(outputs), shown)]
    for step in range(_OFFERED):
        first = f"{_PAD}-{p}+{step}*{s}"
        window = f"INDEX(x_padded,1,{first}+1):INDEX(x_padded,1,{first}+COLUMNS(w))"
        answers.append(
            Answer(
                cell=at(row, _LEFT + step),
                mark=at(row + 1, _LEFT + step),
                expected=f'=IF({step}<{size},SUMPRODUCT({window},w),"")',
                value=outputs[step] if step < len(outputs) else "",
                solution=_window_formula(step, stride, padding) if step < len(outputs) else None,
                worked=_window_formula(step, stride, padding, fixed=False) if worked and step == 0 else None,
            )
        )
    return Question(f"S = {stride}, P = {padding}", tuple(answers), at(row, _VERDICT), counted=False)


def _window_formula(step: int, stride: int, padding: int, *, fixed: bool = True) -> str:
    """Return the formula of one output; with `fixed` the kernel has dollar signs, so that it can be dragged."""
    window = area(_X_ROW, _LEFT - padding + step * stride, 1, _TAPS)
    return f"=SUMPRODUCT({window},{area(_W_ROW, _LEFT, 1, _TAPS, fixed=fixed)})"

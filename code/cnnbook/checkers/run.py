"""Run a reader's function through the cases of an exercise, and say of the first that fails what is wrong with it."""

import inspect
import io
import traceback
from contextlib import redirect_stdout

from cnnbook.checkers import compare
from cnnbook.checkers.exercise import Failure, Mistake
from cnnbook.checkers.limit import TimeUp, call_within
from cnnbook.checkers.report import Report

# Of an error's message, or of what a function printed, so many characters are shown.
_SHOWN = 200


def check(exercise, function, *, hint=1, seconds=5):
    """Run `function` through the cases of `exercise` up to the first that fails.

    Parameters
    ----------
    exercise : Exercise
    function : callable
        The reader's.
    hint : 1, 2 or 3
        How many hints the report gives.
    seconds : float or None
        For each call; None waits for ever, which a debugger needs.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        If there is no such hint.
    """
    if hint not in (1, 2, 3):
        raise ValueError(f"there are hints 1, 2 and 3; got {hint!r}")
    checker, total = f"check_{exercise.name}", len(exercise.cases) + len(exercise.large)
    if not callable(function):
        problem = (
            f"{checker} takes the function itself, {checker}({exercise.name}), not its result; "
            f"it was given {compare.kind(function)}."
        )
        return Report(passed=False, cases=total, reason="function", problem=problem)

    cases = exercise.cases + exercise.large
    for position, case in enumerate(cases):
        if position == len(exercise.cases) and (failure := _broken_rule(exercise, function, seconds)):
            break
        failure, _ = attempt(exercise, case, function, seconds)
        if failure:
            break
    else:
        failure = None if exercise.large else _broken_rule(exercise, function, seconds)
    if not failure:
        return Report(passed=True, cases=total)

    mistake = failure.mistake
    if mistake is None and failure.returned:
        mistake = _recognise(exercise, position, function, failure.value, seconds)
    hints = (failure.nudge or case.nudge, mistake.remark if mistake else exercise.second, exercise.third)
    more = f"{checker}({_name(exercise, function)}, hint={hint + 1}) tells more." if hint < len(hints) else ""
    return Report(
        passed=False,
        cases=total,
        reason=failure.reason,
        problem=failure.problem,
        hints=hints[:hint],
        more=more,
        mistake=mistake.name if mistake else "",
        arguments=case.fresh(),
        options=dict(case.options),
    )


def attempt(exercise, case, function, seconds):
    """Call `function` on `case`. Give a `Failure`, or None if all is right, and the steps; 0 where it gave no value."""
    call = _call(exercise, case, function)
    if error := _does_not_take(function, case):
        first = f"The first line is def {exercise.signature}:"
        return Failure("signature", f"{call} is not possible: {error}.", first), 0

    expected = _expected(exercise, case)
    arguments, printed = case.fresh(), _Head()
    try:
        with redirect_stdout(printed):
            value, steps = call_within(seconds, function, arguments, case.options)
    except TimeUp:
        failure = Failure(
            "late",
            f"{call} gave no result within {seconds:g} seconds.",
            "Look at your loops. Does every `while` come closer to its end at each turn? A larger `seconds` waits "
            "longer.",
        )
        return failure, 0
    except (Exception, SystemExit) as error:  # the reader's code may raise anything, and that is what we report
        return _raised(call, error, expected, function, printed), 0
    return _judged(exercise, case, call, expected, arguments, value, printed), steps


def _judged(exercise, case, call, expected, arguments, value, printed):
    """Compare what a call gave, and what it left of its arguments, with what it should give."""
    for name, argument, original in zip(exercise.parameters, arguments, case.arguments, strict=False):
        if compare.can_change(original) and not compare.same(argument, original):
            return Failure(
                "changed",
                f"{call} changed its argument {name}. Whoever called it still needs {name} as it was.",
                f"Work on a copy: {name} = {name}.copy(), or write the results into an array of your own.",
            )
    if isinstance(expected, ValueError):
        problem = f"{call} should raise a ValueError, yours gave {compare.words(value)}."
        return Failure("accepted", problem + printed.words(), returned=True, value=value)
    if value is None:
        return _nothing(call, expected, printed)
    difference = compare.difference(expected, value)
    if difference is None:
        return None
    reason, sentence, nudge, whole = difference
    return Failure(
        reason,
        f"{call} {sentence}.{printed.words()}",
        nudge,
        mistake=_WHOLE_NUMBERS if whole else None,
        returned=reason in ("value", "shape"),
        value=value,
    )


_WHOLE_NUMBERS = Mistake(
    "whole numbers",
    lambda *arguments, **options: None,  # recognised by the data type
    "Your array holds whole numbers only, so what you write into it loses its fraction. np.zeros makes an array of "
    "floats unless it is told otherwise; np.zeros_like(x) takes over the data type of x.",
)


def _nothing(call, expected, printed):
    if printed.text:
        return Failure(
            "none",
            f"{call} should {compare.should(expected)}, yours returned None.{printed.words()}",
            "print shows a value to you, `return` gives it to whoever called the function. Return it.",
        )
    return Failure(
        "none",
        f"{call} should {compare.should(expected)}, yours returned None.",
        "Put your code in place of `...`, and let it end with a `return`: a function without one gives None.",
    )


def _raised(call, error, expected, function, printed):
    if isinstance(expected, ValueError) and isinstance(error, ValueError):
        return None
    text = " ".join(str(error).split())
    what = type(error).__name__ + (f": {text[:_SHOWN]}" if text else "")
    where = _line(error, function)
    due = "raise a ValueError" if isinstance(expected, ValueError) else compare.should(expected)
    problem = f"{call} should {due}, yours raised {what}{where}.{printed.words()}"
    if isinstance(error, IndexError):
        return Failure("raised", problem, "How far does your loop go? The last stop of the window must not stick out.")
    if isinstance(error, RecursionError):
        return Failure("raised", problem, "Your function calls itself without an end. Which call does not?")
    return Failure(
        "raised", problem, f"Call {call.partition('(')[0]} with these arguments yourself and read the error."
    )


def _line(error, function):
    """Say in which line of the reader's function the error arose, where that can be told."""
    code = getattr(function, "__code__", None)
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code is code]
    return f" in line {lines[-1] - code.co_firstlineno + 1} of your function" if lines else ""


def _does_not_take(function, case):
    """Why `function` cannot be called as in `case`; empty if it can, or if its signature is not known."""
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):  # some functions in C have none
        return ""
    try:
        signature.bind(*case.arguments, **case.options)
    except TypeError as error:
        return str(error)
    return ""


def _expected(exercise, case):
    try:
        return exercise.oracle(*case.fresh(), **case.options)
    except ValueError as error:
        return error


def _broken_rule(exercise, function, seconds):
    return exercise.rule(exercise, function, seconds) if exercise.rule else None


def _recognise(exercise, position, function, value, seconds):
    """Find the mistake that gives the same as `function`: right before the failing case, wrong in the same way there.

    Where several do, the cases that follow decide, as long as the function gets through them.
    """
    cases = exercise.cases + exercise.large

    def agrees(mistake, case, value):
        return compare.equal(mistake.function(*case.fresh(), **case.options), value)

    candidates = [
        mistake
        for mistake in exercise.mistakes
        if agrees(mistake, cases[position], value)
        and all(agrees(mistake, case, _expected(exercise, case)) for case in cases[:position])
    ]
    for case in exercise.cases[position + 1 :]:
        if len(candidates) < 2:
            break
        try:
            with redirect_stdout(_Head()):
                value = call_within(seconds, function, case.fresh(), case.options).value
        except (Exception, SystemExit, TimeUp):  # the reader's code, as above; it decides nothing here
            break
        candidates = [mistake for mistake in candidates if agrees(mistake, case, value)] or candidates
    return candidates[0] if candidates else None


def _name(exercise, function):
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else exercise.name


def _call(exercise, case, function):
    """The call as the reader would write it; where an array is too large to show, arrays stand by name and shape."""
    if case.text:
        return case.text
    shown, where = [compare.literal(argument) for argument in case.arguments], ""
    if not all(shown):
        arrays = {i: a.shape for i, a in enumerate(case.arguments) if compare.is_array(a)}
        shown = [exercise.parameters[i] if i in arrays else text for i, text in enumerate(shown)]
        where = " with " + ", ".join(f"{shown[i]} {shape}" for i, shape in arrays.items())
    shown += [f"{name}={value!r}" for name, value in case.options.items()]
    return f"{_name(exercise, function)}({', '.join(shown)}){where}"


class _Head(io.TextIOBase):
    """A stream that keeps the beginning of what is written: an endless loop may print without end."""

    def __init__(self):
        self.text = ""

    def writable(self):
        return True

    def write(self, text):
        self.text += text[: _SHOWN - len(self.text)]
        return len(text)

    def words(self):
        text = " ".join(self.text.split())
        return f" It printed: {text}" if text else ""

"""Run a reader's function through the cases of an exercise, and say of the first that fails what is wrong with it."""

import inspect
import io
import traceback
from contextlib import redirect_stdout
from typing import Any

from cnnbook.checkers import compare
from cnnbook.checkers.exercise import Case, Exercise, Failure, Function
from cnnbook.checkers.limit import TimeUp, call_within
from cnnbook.checkers.report import Report
from cnnbook.mistakes import Mistake, mistake

# Of an error's message, or of what a function printed, so many characters are shown.
_SHOWN = 200


def check(exercise: Exercise, function: Function, *, hint: int = 1, seconds: float | None = 5) -> Report:
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

    Raises
    ------
    ValueError
        If there is no such hint.
    """
    if hint not in (1, 2, 3):
        raise ValueError(f"the hint must be 1, 2 or 3; got {hint!r}")
    checker, cases = f"check_{exercise.name}", exercise.cases + exercise.large
    if not callable(function):
        sentence = f"{checker} takes the function itself, {checker}({exercise.name}); got {compare.kind(function)}."
        return Report(right=False, cases=len(cases), reason="function", sentence=sentence)

    failure = None
    for position, case in enumerate(cases):
        if position == len(exercise.cases) and (failure := _broken_rule(exercise, function, seconds)):
            break
        failure, _ = attempt(exercise, case, function, seconds)
        if failure:
            break
    else:
        failure = None if exercise.large else _broken_rule(exercise, function, seconds)
    if not failure:
        return Report(right=True, cases=len(cases))

    known = failure.mistake
    if known is None and failure.returned:
        known = _recognise(exercise, position, function, failure.value, seconds)
    hints = (failure.nudge or case.nudge, known.sentence if known else exercise.second, exercise.third)
    more = f"{checker}({_name(exercise, function)}, hint={hint + 1}) tells more." if hint < len(hints) else ""
    return Report(
        right=False,
        sentence=failure.sentence,
        mistake=known,
        page=known.page if known else "",
        cases=len(cases),
        reason=failure.reason,
        hints=hints[:hint],
        more=more,
        arguments=case.copied_arguments(),
        options=dict(case.options),
    )


def attempt(exercise: Exercise, case: Case, function: Function, seconds: float | None) -> tuple[Failure | None, int]:
    """Call `function` on `case`. Give a `Failure`, or None if all is right, and the steps; 0 where it gave no value."""
    call = _call(exercise, case, function)
    if refusal := _does_not_take(function, case):
        first = f"The first line is def {exercise.signature}:"
        return Failure("signature", f"{call} is not possible: {refusal}.", first), 0

    expected = _expected(exercise, case)
    arguments, printed = case.copied_arguments(), _Head()
    try:
        with redirect_stdout(printed):
            value, steps = call_within(seconds, function, arguments, case.options)
    except TimeUp:
        sentence = f"{call} gave no result within {seconds:g} seconds."
        nudge = "Does every `while` come closer to its end at each turn? A larger `seconds` waits longer."
        return Failure("late", sentence, nudge), 0
    except (Exception, SystemExit) as error:  # the reader's code may raise anything, and that is what we report
        return _raised(call, error, expected, function, printed), 0
    return _judged(exercise, case, call, expected, arguments, value, printed), steps


def _judged(
    exercise: Exercise, case: Case, call: str, expected: Any, arguments: tuple, value: Any, printed: "_Head"
) -> Failure | None:
    """Compare what a call gave, and what it left of its arguments, with what it should give."""
    for name, argument, original in zip(exercise.parameters, arguments, case.arguments, strict=False):
        if compare.can_change(original) and not compare.unchanged(argument, original):
            return Failure(
                "changed",
                f"{call} changed its argument {name}. Whoever called it still needs {name} as it was.",
                f"Work on a copy: {name} = {name}.copy(), or write the results into an array of your own.",
            )
    if isinstance(expected, ValueError):
        sentence = f"{call} should raise a ValueError, yours gave {compare.words(value)}."
        return Failure("accepted", sentence + printed.words(), returned=True, value=value)
    if value is None:
        sentence = f"{call} should be {compare.words(expected)}, yours returned None.{printed.words()}"
        nudge = "Put your code in place of `...`, and let it end with a `return`: a function without one gives None."
        if printed.text:
            nudge = "print shows a value to you, `return` gives it to whoever called the function. Return it."
        return Failure("none", sentence, nudge)
    difference = compare.difference(expected, value)
    if difference is None:
        return None
    reason, sentence, nudge, whole = difference
    return Failure(
        reason,
        f"{call} {sentence}.{printed.words()}",
        nudge,
        mistake=mistake("whole-numbers") if whole else None,
        returned=reason in ("value", "shape"),
        value=value,
    )


def _raised(call: str, error: BaseException, expected: Any, function: Function, printed: "_Head") -> Failure | None:
    if isinstance(expected, ValueError) and isinstance(error, ValueError):
        return None
    text = " ".join(str(error).split())
    what = type(error).__name__ + (f": {text[:_SHOWN]}" if text else "")
    due = "raise a ValueError" if isinstance(expected, ValueError) else f"be {compare.words(expected)}"
    nudge = f"Call {call.partition('(')[0]} with these arguments yourself and read the error."
    if isinstance(error, IndexError):
        nudge = "How far does your loop go? The last stop of the window must not stick out."
    elif isinstance(error, RecursionError):
        nudge = "Your function calls itself without an end. Which call should be the last?"
    sentence = f"{call} should {due}, yours raised {what}{_line(error, function)}.{printed.words()}"
    return Failure("raised", sentence, nudge)


def _line(error: BaseException, function: Function) -> str:
    """Say in which line of the reader's function the error arose, where that can be told."""
    code = getattr(function, "__code__", None)
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code is code]
    return f" in line {lines[-1] - code.co_firstlineno + 1} of your function" if code and lines else ""


def _does_not_take(function: Function, case: Case) -> str:
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


def _expected(exercise: Exercise, case: Case) -> Any:
    try:
        return exercise.oracle(*case.copied_arguments(), **case.options)
    except ValueError as error:
        return error


def _broken_rule(exercise: Exercise, function: Function, seconds: float | None) -> Failure | None:
    return exercise.rule(exercise, function, seconds) if exercise.rule else None


def _recognise(
    exercise: Exercise, position: int, function: Function, value: Any, seconds: float | None
) -> Mistake | None:
    """Find the mistake that gives the same as `function`: right before the failing case, wrong in the same way there.

    Where several do, the cases that follow decide, as long as the function gets through them.
    """
    cases = exercise.cases + exercise.large

    def agrees(candidate: Mistake, case: Case, value: Any) -> bool:
        return candidate.wrong is not None and compare.equal(
            candidate.wrong(*case.copied_arguments(), **case.options), value
        )

    candidates = [
        candidate
        for candidate in exercise.mistakes
        if agrees(candidate, cases[position], value)
        and all(agrees(candidate, case, _expected(exercise, case)) for case in cases[:position])
    ]
    for case in exercise.cases[position + 1 :]:
        if len(candidates) < 2:
            break
        try:
            with redirect_stdout(_Head()):
                value = call_within(seconds, function, case.copied_arguments(), case.options).value
        except (Exception, SystemExit, TimeUp):  # the reader's code, as above; it decides nothing here
            break
        candidates = [candidate for candidate in candidates if agrees(candidate, case, value)] or candidates
    return candidates[0] if candidates else None


def _name(exercise: Exercise, function: Function) -> str:
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else exercise.name


def _call(exercise: Exercise, case: Case, function: Function) -> str:
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

    def __init__(self) -> None:
        self.text = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text[: _SHOWN - len(self.text)]
        return len(text)

    def words(self) -> str:
        text = " ".join(self.text.split())
        return f" It printed: {text}" if text else ""

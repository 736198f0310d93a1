"""Run a reader's function through the cases of an exercise, and say of the first that fails what is wrong with it."""

import inspect
import io
import itertools
import traceback
from collections.abc import Collection
from contextlib import redirect_stdout
from typing import Any, NamedTuple

import numpy as np

from cnnbook.checkers import compare
from cnnbook.checkers.exercise import Case, Exercise, Function
from cnnbook.checkers.limit import TimeUp, call_within
from cnnbook.checkers.report import Failure, Report
from cnnbook.mistakes import MISTAKES

# At most this many characters of what a function printed are kept: it may print for ever.
_KEPT = 1000


def check(exercise: Exercise, function: Function, *, hint: int = 1, seconds: float | None = 5) -> Report:
    """Run `function` through the cases of `exercise` up to the first that fails; see `cnnbook.checkers`."""
    if hint not in (1, 2, 3):
        raise ValueError(f"the hint must be 1, 2 or 3; got {hint!r}")
    checker, cases = f"check_{exercise.name}", len(exercise.cases)
    if not callable(function):
        sentence = f"{checker} takes the function itself, {checker}({exercise.name}); got {compare.kind(function)}."
        return Report(right=False, cases=cases, reason="function", sentence=sentence)

    steps: list[int] = []
    for case in exercise.cases:
        attempt = _attempt(exercise, case, function, seconds)
        steps.append(attempt.steps)
        if failure := attempt.failure:
            break
    else:
        failure = exercise.rule(function, steps) if exercise.rule else None
    if not failure:
        return Report(right=True, cases=cases)

    name = failure.mistake
    if not name and failure.reason in ("value", "shape", "accepted"):
        name = _recognise(exercise, len(steps) - 1, function, attempt.value, seconds)
    known = MISTAKES[name] if name else None
    hints = (failure.nudge or case.nudge, known.sentence if known else exercise.second, exercise.third)
    more = f"{checker}({_name(exercise, function)}, hint={hint + 1}) tells more." if hint < len(hints) else ""
    return Report(
        right=False,
        sentence=failure.sentence,
        mistake=known,
        page=known.page if known else "",
        cases=cases,
        reason=failure.reason,
        hints=hints[:hint],
        more=more,
        arguments=case.copied_arguments(),
        options=dict(case.options),
    )


class _Attempt(NamedTuple):
    """A call of the reader's function: what is wrong with it, its value, and the steps that Python took."""

    failure: Failure | None
    value: Any = None
    steps: int = 0


def _attempt(exercise: Exercise, case: Case, function: Function, seconds: float | None) -> _Attempt:
    """Call `function` on `case`, and judge what it does."""
    call, expected = _call(exercise, case, function), _expected(exercise, case)
    if refusal := _refusal(function, case):
        first_line = f"The first line is def {exercise.signature}:"
        return _Attempt(Failure("signature", f"{call} is not possible: {refusal}.", first_line))

    arguments, printed = case.copied_arguments(), _Printed()
    value, steps = None, 0
    try:
        with redirect_stdout(printed):
            value, steps = call_within(seconds, function, *arguments, **case.options)
    except TimeUp as error:
        sentence = f"{call} gave {error}."
        nudge = "Does every `while` come closer to its end at each turn? A larger `seconds` waits longer."
        return _Attempt(Failure("late", sentence, nudge))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the reader's code may raise anything, and that is what we report
        failure = _raised(call, error, expected, function)
    else:
        value = compare.plain(value)
        failure = _changed(call, exercise, case, arguments) or _judged(call, expected, value)
    text = compare.text(printed.getvalue(), str)
    if failure and text:
        failure = failure._replace(sentence=f"{failure.sentence} It printed: {text}")
        if failure.reason == "none":
            nudge = "print shows a value to you, `return` gives it to whoever called the function. Return it."
            failure = failure._replace(nudge=nudge)
    return _Attempt(failure, value, steps)


class _Printed(io.StringIO):
    """The beginning of what a function prints."""

    def write(self, text: str) -> int:
        super().write(text[: max(0, _KEPT - self.tell())])
        return len(text)


def _raised(call: str, error: BaseException, expected: Any, function: Function) -> Failure | None:
    if isinstance(expected, ValueError) and isinstance(error, ValueError):
        return None
    text = compare.text(error, str)
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    due = "raise a ValueError" if isinstance(expected, ValueError) else f"be {compare.words(expected)}"
    nudge = f"Call {call.partition('(')[0]} with these arguments yourself and read the error."
    if isinstance(error, IndexError):
        nudge = "How far does your loop go? The last stop of the window must not stick out."
    elif isinstance(error, RecursionError):
        nudge = "Your function calls itself without an end. Which call should be the last?"
    return Failure("raised", f"{call} should {due}, yours raised {what}{_line(error, function)}.", nudge)


def _line(error: BaseException, function: Function) -> str:
    """Say in which line of the reader's function the error arose, where that can be told."""
    code = getattr(function, "__code__", None)
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code is code]
    return f" in line {lines[-1] - code.co_firstlineno + 1} of your function" if code and lines else ""


def _changed(call: str, exercise: Exercise, case: Case, arguments: tuple[Any, ...]) -> Failure | None:
    """Name the first argument that is no longer as it was; what cannot change was not copied."""
    for name, argument, original in zip(exercise.parameters, arguments, case.arguments, strict=False):
        if argument is not original and not np.array_equal(argument, original):
            return Failure(
                "changed",
                f"{call} changed its argument {name}. Whoever called it still needs {name} as it was.",
                f"Work on a copy: {name} = {name}.copy(), or write the results into an array of your own.",
            )
    return None


def _judged(call: str, expected: Any, value: Any) -> Failure | None:
    if isinstance(expected, ValueError):
        return Failure("accepted", f"{call} should raise a ValueError, yours gave {compare.words(value)}.")
    if value is None:
        nudge = "Put your code in place of `...`, and let it end with a `return`: a function without one gives None."
        return Failure("none", f"{call} should be {compare.words(expected)}, yours returned None.", nudge)
    difference = compare.difference(expected, value)
    return difference and difference._replace(sentence=f"{call} {difference.sentence}.")


def _refusal(function: Function, case: Case) -> str:
    """Why `function` cannot be called as in `case`; empty if it can, or if its signature is not known."""
    try:
        inspect.signature(function).bind(*case.arguments, **case.options)
    except TypeError as error:
        return str(error)
    except ValueError:  # some functions in C have no signature
        return ""
    return ""


def _expected(exercise: Exercise, case: Case) -> Any:
    """The right result, or the ValueError that is due."""
    try:
        return case.result(exercise.oracle)
    except ValueError as error:
        return error


def _recognise(exercise: Exercise, position: int, function: Function, value: Any, seconds: float | None) -> str:
    """Name the mistake that gives the same as `function` in every case: right up to the failing one, wrong from there.

    Who makes one mistake may not have come to the options of later cases: these may all be left out, or some of them.
    A case in which the function gives an error decides nothing.
    """

    def agree(wrong: Function, case: Case, value: Any, left_out: Collection[str] = ()) -> bool:
        options = {name: option for name, option in case.options.items() if name not in left_out}
        return compare.equal(wrong(*case.copied_arguments(), **options), value)

    past, failing, future = exercise.cases[:position], exercise.cases[position], exercise.cases[position + 1 :]
    mistakes = [(name, wrong) for name, wrong in exercise.wrong_functions if agree(wrong, failing, value)]
    for case in past:
        expected = _expected(exercise, case)
        mistakes = [(name, wrong) for name, wrong in mistakes if agree(wrong, case, expected)]
    later: list[tuple[Case, Any]] = []
    for case in future if mistakes else ():
        attempt = _attempt(exercise, case, function, seconds)
        if attempt.failure and attempt.failure.reason == "late":
            break
        if attempt.value is not None:
            later.append((case, attempt.value))
    new = {name for case in future for name in case.options}.difference(*(case.options for case in (*past, failing)))
    subsets = itertools.chain.from_iterable(itertools.combinations(sorted(new), size) for size in range(len(new) + 1))
    for left_out, (name, wrong) in itertools.product(subsets, mistakes):
        if all(agree(wrong, case, value, left_out) for case, value in later):
            return name
    return ""


def _name(exercise: Exercise, function: Function) -> str:
    name = getattr(function, "__name__", "")
    return name if isinstance(name, str) and name.isidentifier() else exercise.name


def _call(exercise: Exercise, case: Case, function: Function) -> str:
    """The call as the reader would write it; where an array is too large to show, arrays stand by name and shape."""
    if case.text:
        return case.text
    shown, where = [compare.literal(argument) for argument in case.arguments], ""
    if not all(shown):
        arrays = {i: a.shape for i, a in enumerate(case.arguments) if isinstance(a, np.ndarray)}
        shown = [exercise.parameters[i] if i in arrays else text for i, text in enumerate(shown)]
        where = " with " + ", ".join(f"{shown[i]} {shape}" for i, shape in arrays.items())
    shown += [f"{name}={value!r}" for name, value in case.options.items()]
    return f"{_name(exercise, function)}({', '.join(shown)}){where}"

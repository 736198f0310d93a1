"""Call a reader's function without waiting for ever, and count the steps that it takes.

Python can call a function of ours at every call, line and return of the code that runs in a thread
(`sys.settrace`), and at every instruction: ``while True: pass`` on one line reaches no other line. Ours looks at the
clock and raises when time is up. That needs no signal, thread or second process, so it works in a notebook, on every
system and in the browser, and with any function, pickled or not.

What it cannot end: a call that stays inside compiled code, as ``sum(itertools.count())`` and ``time.sleep`` do, for
Python reaches no instruction of its own there; and a loop that catches everything with a bare ``except:``, for Python
drops a tracing function that has raised. In a notebook the stop button ends the second.
"""

import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

_STEPS = ("call", "line", "return")


class TimeUp(BaseException):
    """The call took too long. No `Exception`, so that ``except Exception`` in the reader's code does not catch it."""


class Done(NamedTuple):
    """A call that came to its end: its `value`, and the `steps` (calls, lines and returns of Python code) it took."""

    value: Any
    steps: int


def call_within(seconds: float | None, function: Callable[..., Any], *arguments: Any, **options: Any) -> Done:
    """Call ``function(*arguments, **options)``; a `TimeUp` ends it after that many seconds, None waits for ever.

    The tracing function of a debugger or a coverage tool sees nothing of the call and is put back afterwards.

    >>> call_within(1, max, 2, 3).value
    3
    >>> def endless():
    ...     while True:
    ...         pass
    >>> call_within(0.1, endless)
    Traceback (most recent call last):
    ...
    cnnbook.checkers.limit.TimeUp: no result within 0.1 seconds
    """
    ends = None if seconds is None else time.monotonic() + seconds
    message = f"no result within {seconds:g} second{'s' * (seconds != 1)}" if seconds is not None else ""
    steps, late = 0, False

    def trace(frame, event, argument):
        nonlocal steps, late
        frame.f_trace_opcodes = ends is not None
        steps += event in _STEPS
        if ends is not None and time.monotonic() > ends:
            late = True
            raise TimeUp(message)
        return trace

    before = sys.gettrace()
    # This frame itself is not traced: it was entered before. So nothing of ours raises between here and the restoring.
    sys.settrace(trace)
    try:
        value = function(*arguments, **options)
    finally:
        sys.settrace(before)
    if late:  # the function caught the `TimeUp` and went on to return something
        raise TimeUp(message)
    return Done(value, steps)

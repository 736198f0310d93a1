"""Recorded runs against the clock, in one file that ships with the package; each has the key of its recipe and seed.

``benchmarks/speedrun.py`` keeps them there, one at a time, on a machine that does nothing else.
"""

import json
import re
from collections.abc import Mapping

from cnnbook.data.files import write_atomically
from cnnbook.records import RecordError
from cnnbook.records.keys import run_key
from cnnbook.records.measurements import FOLDER
from cnnbook.training.recipe import CLOCK_VERSION, Recipe

FILE = FOLDER / "speedrun.json"


def key(recipe: Recipe, seed: int) -> str:
    """What a run depends on, its time aside; take it before the run, lest an edit meanwhile lends it another."""
    return f"{run_key(recipe, seed)}-{CLOCK_VERSION}"


def read(recipes: Mapping[str, Recipe], minutes: float, *, amx: bool) -> dict[str, list[dict]]:
    """By the name of its recipe, the runs of so many minutes, in the order of their seeds.

    With `amx` they are those of processors with that instruction set, otherwise those of the others: never of both,
    since it decides how far a minute goes. A run has the fields of `cnnbook.training.speedrun.Result`. A `RecordError`
    says that there is none, or names one whose recipe is not among `recipes` or has changed since.
    """
    runs: dict[str, list[dict]] = {}
    for run in _all():
        if (run["minutes"], _has_amx(run)) == (minutes, amx):
            name, seed = run["recipe"], run["seed"]
            if name not in recipes or run.pop("key") != key(recipes[name], seed):
                raise RecordError(
                    f"{FILE.name} is stale: {name!r}, seed {seed}, for {minutes:g} minutes was trained by another "
                    f"recipe, builder or data, or with another meaning of training; make it again with "
                    f"{_command(minutes, f'{name!r}')}, or take it out of the file if no such recipe is left"
                )
            runs.setdefault(name, []).append(run)
    if not runs:
        kind = "with" if amx else "without"
        raise RecordError(
            f"{FILE.name} has no run of {minutes:g} minutes on a processor {kind} AMX; make some there with "
            f"{_command(minutes, 'NAME')}"
        )
    return runs


def kept(recipe: Recipe, minutes: float, seed: int, *, amx: bool) -> dict | None:
    """The run of this recipe on such a processor, if there is one that is not stale."""
    for run in _all():
        if _place(run) == (amx, minutes, recipe.name, seed) and run["key"] == key(recipe, seed):
            return run
    return None


def keep(run: Mapping) -> None:
    """Keep a run, which has its `key`, in the place of an earlier one of its recipe, time, seed and processor."""
    others = [other for other in _all() if _place(other) != _place(run)]
    write_atomically(FILE, (json.dumps(sorted([*others, run], key=_place), indent=1) + "\n").encode())


def _all() -> list[dict]:
    if not FILE.exists():
        return []
    try:
        return json.loads(FILE.read_text("utf-8"))
    except ValueError as error:
        raise RecordError(f"{FILE} is not whole ({error}); take it from git again") from error


def _command(minutes, name):
    return f"`python benchmarks/speedrun.py --minutes {minutes:g} --networks {name} --write`"


def _place(run):
    return _has_amx(run), run["minutes"], run["recipe"], run["seed"]


def _has_amx(run):
    return "AMX" in re.split("[,;] ", run["machine"])

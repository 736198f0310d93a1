"""A recording that is killed while it writes leaves the older record or the newer one, never half of each."""

import dataclasses
import os
import pickle
import subprocess
import sys

import pytest

import tiny
from cnnbook import records
from cnnbook.records import keys, recording

#: Writes a run, and dies at the given one of its renames, before or after it happens.
KILLED = """
import os, pickle, sys
import tiny
from cnnbook.records import recording
run, key, folder, last, after = pickle.loads(sys.stdin.buffer.read())
replace, renames = os.replace, []
def replace_or_die(*paths):
    renames.append(paths)
    if len(renames) == last:
        if after:
            replace(*paths)
        os._exit(9)
    replace(*paths)
os.replace = replace_or_die
recording.write(tiny.RECIPE, run, key, folder=folder)
"""


def other(trained):
    """Another run of the same recipe and seed: other predictions, as right as before."""
    swapped = trained.test_predictions.copy()
    wrong = swapped != tiny.DATA.y_test
    swapped[wrong] = (tiny.DATA.y_test[wrong] + 1 + (swapped[wrong] == (tiny.DATA.y_test[wrong] + 1) % 10)) % 10
    assert (swapped != trained.test_predictions).any()
    return dataclasses.replace(trained, test_predictions=swapped)


@pytest.mark.parametrize(("rename", "after"), [(1, False), (1, True), (2, False), (2, True), (3, False), (3, True)])
def test_a_record_that_is_being_replaced_is_there_whenever_the_recording_is_killed(folder, trained, rename, after):
    newer, key = other(trained), keys.run_key(tiny.RECIPE, 0, tiny.DATA)
    call = pickle.dumps((newer, key, folder, rename, after))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, os.path.dirname(tiny.__file__)])}
    assert subprocess.run([sys.executable, "-c", KILLED], input=call, env=environment).returncode == 9
    record = records.load(tiny.RECIPE, 0, folder=folder, data=tiny.DATA)
    expected = newer if (rename, after) >= (2, True) else trained
    assert record.test_predictions.tolist() == expected.test_predictions.tolist()
    recording.write(tiny.RECIPE, trained, key, folder=folder)
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".part") == [
        "tiny-seed0.json",
        "tiny-seed0.npz",
    ]
    again = records.load(tiny.RECIPE, 0, folder=folder, data=tiny.DATA)
    assert again.test_predictions.tolist() == trained.test_predictions.tolist()

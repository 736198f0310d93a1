"""Settings outside the code that would change training under the same key are refused with a sentence."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import pytest

import tiny
from cnnbook import training
from cnnbook.training import TrainingError, machine, settings
from cnnbook.training.threads import thread_count

KERAS = Path(keras.__file__).parent / "src"


@pytest.fixture
def home(tmp_path):
    """An environment whose Keras home is empty."""
    return {"KERAS_HOME": str(tmp_path)}


def write_file(home, **values):
    Path(home["KERAS_HOME"], "keras.json").write_text(json.dumps(values))


USUAL = {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}


def test_the_file_that_keras_writes_itself_is_usual(home):
    settings.require_usual(home)
    write_file(home, **USUAL)
    settings.require_usual(home)
    settings.require_usual(home | {"KERAS_BACKEND": "jax", "KERAS_NNX_ENABLED": "0", "TF_ENABLE_ONEDNN_OPTS": "0"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("floatx", "float16"),
        ("floatx", "float8"),
        ("epsilon", 0.1),
        ("epsilon", "small"),
        ("image_data_format", "channels_first"),
        ("nnx_enabled", True),
        ("matmul_precision", "low"),  # of a newer Keras, say
    ],
)
def test_the_file_of_keras_may_not_change_training(home, name, value):
    write_file(home, **USUAL | {name: value})
    with pytest.raises(TrainingError, match=rf"{name} is {value!r} in .*keras.json. Remove them"):
        settings.require_usual(home)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KERAS_MAX_EPOCHS", "1"),
        ("KERAS_MAX_EPOCHS", "many"),
        ("KERAS_MAX_STEPS_PER_EPOCH", "3"),
        ("KERAS_NNX_ENABLED", "true"),
        ("KERAS_TORCH_DEVICE", "cpu"),
        ("KERAS_DISTRIBUTION_NUM_PROCESSES", "2"),
        ("KERAS_OF_A_NEWER_VERSION", "1"),
        ("TF_NUM_INTRAOP_THREADS", "many"),
        ("TF_NUM_INTRAOP_THREADS", "9" * 20),
        *((name, "1") for name in settings.OF_BACKENDS),
    ],
)
def test_variables_may_not_change_training(home, name, value):
    with pytest.raises(TrainingError, match=f"the environment variable {name} is {value!r}"):
        settings.require_usual(home | {name: value})


STATES = {
    "floatx": (keras.config.set_floatx, "float16", "float32"),
    "epsilon": (keras.config.set_epsilon, 0.1, 1e-7),
    "image_data_format": (keras.config.set_image_data_format, "channels_first", "channels_last"),
    "dtype_policy": (keras.config.set_dtype_policy, "mixed_bfloat16", "float32"),
    "max_epochs": (keras.config.set_max_epochs, 1, None),
    "max_steps_per_epoch": (keras.config.set_max_steps_per_epoch, 1, None),
}


@pytest.mark.parametrize("name", STATES)
def test_what_is_set_in_python_may_not_change_training(name):
    change, value, usual = STATES[name]
    change(value)
    try:
        for call in (lambda: training.train(tiny.RECIPE, 0, data=tiny.DATA), lambda: training.build(tiny.RECIPE)):
            with pytest.raises(TrainingError, match=f"Keras has {name} {value!r} in this process"):
                call()
    finally:
        change(usual)
    training.build(tiny.RECIPE)


def test_everything_that_keras_reads_is_known():
    """A newer Keras that reads more fails here: find out what it does, and say so in `settings`."""
    source = "\n".join(path.read_text("utf-8") for path in KERAS.rglob("*.py") if not path.name.endswith("_test.py"))
    variables = set(re.findall(r"""environ(?:\.get\(|\[)\s*["'](\w+)""", source))
    assert "KERAS_MAX_EPOCHS" in variables
    assert {name for name in variables if not name.startswith("KERAS_")} <= {"TF_FORCE_GPU_ALLOW_GROWTH"}
    assert set(re.findall(r"\b_config\.get\(\s*\"(\w+)", source)) == {*settings.FILE, "backend"}


@pytest.mark.parametrize(
    ("backend", "words"),
    [("nonsense", "set to 'nonsense'; set KERAS_BACKEND to one of"), ("numpy", "set to 'numpy'"), ([], "set to")],
)
def test_a_backend_that_does_not_train_is_refused(home, backend, words):
    if isinstance(backend, str):
        home |= {"KERAS_BACKEND": backend}
    else:
        write_file(home, backend=backend)
    with pytest.raises(TrainingError, match=words):
        settings.require_backend(home)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow has the switch")
@pytest.mark.parametrize("value", ["0", "1"])
def test_whether_onednn_is_on_is_said(value):
    code = "from cnnbook.training import machine; print(machine.onednn())"
    environment = os.environ | {"TF_ENABLE_ONEDNN_OPTS": value}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(value == "1")]


def test_a_run_says_whether_onednn_was_on():
    run = training.train(tiny.RECIPE, 0, data=tiny.DATA)
    assert run.record["onednn"] == machine.onednn()
    assert thread_count() >= 1

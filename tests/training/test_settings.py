"""Settings outside the code that would change training under the same key are refused with a sentence."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

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
        ("KERAS_MAX_EPOCHS", ""),
        ("TF_ENABLE_CUBLAS_TENSOR_OP_MATH_FP32", "1"),
        ("TF_CONV2D_USE_FP16_ACCUMULATE", "1"),
        ("TORCH_BF16_OF_A_NEWER_VERSION", "1"),
        *((name, "1") for name in settings.OF_BACKENDS),
    ],
)
def test_variables_may_not_change_training(home, name, value):
    with pytest.raises(TrainingError, match=f"the environment variable {name} is {value!r}"):
        settings.require_usual(home | {name: value})


@pytest.mark.parametrize("content", ["[]", "5", '"x"'])
def test_a_file_that_keras_cannot_read_is_refused(home, content):
    Path(home["KERAS_HOME"], "keras.json").write_text(content)
    with pytest.raises(TrainingError, match=r"keras.json holds .*, where Keras expects a JSON object"):
        settings.require_usual(home)
    settings.require_backend(home)


@pytest.mark.parametrize("home", ["KERAS_HOME", "HOME", "", "~", "/tmp"])
def test_the_file_is_looked_for_where_keras_does(tmp_path, home):
    """Its own variable, even an empty one; else the home folder, and /tmp where that cannot be written."""
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_HOME"} | {"HOME": str(tmp_path)}
    environment |= {
        "KERAS_HOME": {"KERAS_HOME": str(tmp_path / "k")},
        "HOME": {},
        "": {"KERAS_HOME": ""},
        "~": {"KERAS_HOME": "~/k"},
        "/tmp": {"HOME": "/proc"},
    }[home]
    code = """
import os
from cnnbook.training import settings
path = settings._path_of_file(os.environ)
from keras.src.backend import config
print(path, config._config_path)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    ours, of_keras = done.stdout.split()
    assert ours == of_keras


def test_objects_under_names_of_kerass_own_are_refused():
    """Keras prefers what is registered, so that `adam` would be another optimizer."""
    registered = keras.saving.get_custom_objects()
    for name in ("adam", "CategoricalCrossentropy", "glorot_uniform"):
        registered[name] = keras.losses.MeanSquaredError
        try:
            with pytest.raises(TrainingError, match=f"names of Keras' own: {name}. Remove them"):
                training.build(tiny.RECIPE)
        finally:
            del registered[name]
        with keras.saving.custom_object_scope({name: keras.losses.MeanSquaredError}), pytest.raises(TrainingError):
            settings.require_usual()

    @keras.saving.register_keras_serializable()
    class Adam(keras.layers.Layer):
        """Registered with a package before its name, which takes no other's place."""

    settings.require_usual()


@pytest.mark.parametrize(
    ("backend", "module", "says"),
    [
        ("jax", {"config": SimpleNamespace(jax_enable_x64=True)}, "jax has config.jax_enable_x64 True"),
        ("jax", {"config": SimpleNamespace(jax_random_seed_offset=1)}, "jax has config.jax_random_seed_offset 1"),
        ("jax", {"config": SimpleNamespace(jax_enable_x64=False)}, None),
        ("torch", {"get_default_dtype": lambda: "torch.float64"}, "torch has get_default_dtype 'torch.float64'"),
        ("torch", {"get_float32_matmul_precision": lambda: "medium"}, "torch has get_float32_matmul_precision"),
    ],
)
def test_what_is_set_for_another_backend_is_read(monkeypatch, backend, module, says):
    monkeypatch.setitem(sys.modules, backend, SimpleNamespace(**module))
    found = list(settings._state_of_backend(backend))
    assert [says in sentence for sentence in found] == [True] * (says is not None)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="these are settings of TensorFlow")
@pytest.mark.parametrize(
    ("change", "undo"),
    [
        ("config.run_functions_eagerly(True)", "config.run_functions_eagerly(False)"),
        ("config.optimizer.set_jit(True)", "config.optimizer.set_jit('')"),
        (
            "config.experimental.enable_tensor_float_32_execution(False)",
            "config.experimental.enable_tensor_float_32_execution(True)",
        ),
    ],
)
def test_what_is_set_for_tensorflow_may_not_change_training(change, undo):
    import tensorflow

    eval(f"tensorflow.{change}", {"tensorflow": tensorflow})
    try:
        with pytest.raises(TrainingError, match="tensorflow has config"):
            training.build(tiny.RECIPE)
    finally:
        eval(f"tensorflow.{undo}", {"tensorflow": tensorflow})
    training.build(tiny.RECIPE)


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

"""Settings outside the code that would change training: they must have the values that the book's runs had.

Keras reads them from its file ``keras.json`` and from environment variables, its backends from variables of their own.
No key knows of them, so a run under other values would pass for the book's.
"""

import importlib.util
import json
import operator
import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from cnnbook.training.recipe import TrainingError

BACKENDS = ("tensorflow", "jax", "torch")

#: What `keras.json` may set, and to what; the backend may be any, since records say which.
FILE = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last", "nnx_enabled": False}

#: Variables of Keras that change no training; any other one of Keras is refused, those of newer versions too.
HARMLESS = ("KERAS_HOME", "KERAS_BACKEND")

#: Variables of the backends that change the type, the precision, the random numbers or the program of what is computed.
OF_BACKENDS = (
    *("XLA_FLAGS", "TF_XLA_FLAGS", "TF_ENABLE_AUTO_MIXED_PRECISION", "TF_ENABLE_AUTO_MIXED_PRECISION_GRAPH_REWRITE"),
    *("TF_USE_DEEP_CONV2D", "TF_ENABLE_MAXPOOL_NANPROP", "TF_JITRT_FLAGS"),
    *("NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE"),
    *("ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_DEFAULT_FPMATH_MODE", "TF_SET_ONEDNN_FPMATH_MODE"),
    *("JAX_ENABLE_X64", "JAX_DEFAULT_MATMUL_PRECISION", "JAX_DEFAULT_DTYPE_BITS", "JAX_NUMPY_DTYPE_PROMOTION"),
    *("JAX_DISABLE_JIT", "JAX_DEFAULT_PRNG_IMPL", "JAX_THREEFRY_PARTITIONABLE", "JAX_RANDOM_SEED_OFFSET"),
)
#: And any other one that speaks of precision.
_PRECISION = re.compile(
    r"(TF|XLA|TORCH|PYTORCH|JAX|NVIDIA|CUBLAS|CUDNN|ONEDNN|DNNL)_.*(TF32|FP16|BF16|FP8|FPMATH|PRECISION|TENSOR_OP_MATH)"
)

#: What may be set in Python for a backend: attributes of its module, and what each gives by default.
_STATES: dict[str, dict[str, object]] = {
    "tensorflow": {
        "config.optimizer.get_jit": "",
        "config.optimizer.get_experimental_options": {"disable_model_pruning": False, "disable_meta_optimizer": False},
        "config.functions_run_eagerly": False,
        "config.experimental.tensor_float_32_execution_enabled": True,
    },
    "torch": {"get_default_dtype": "torch.float32", "get_float32_matmul_precision": "highest"},
    "jax": {
        "config.jax_enable_x64": False,
        "config.jax_default_matmul_precision": None,
        "config.jax_default_prng_impl": "threefry2x32",
        "config.jax_numpy_dtype_promotion": "standard",
        "config.jax_random_seed_offset": 0,
        "config.jax_disable_jit": False,
    },
}

THREADS = "TF_NUM_INTRAOP_THREADS"

#: oneDNN makes TensorFlow faster on processors of the kind x86. TensorFlow itself turns it on for the newest alone; on
#: an AMD EPYC with AVX2 and no more six networks trained 1.2 to 1.9 times as fast with it (six seconds each, once), on
#: a Xeon with AMX three networks 1.6 to 3.8 times (medians of two). `benchmarks/settings.py` measures it in turns.
#: Whether it is on moves the last digits, not the meaning of a run, and every record says it.
FASTER = {"TF_ENABLE_ONEDNN_OPTS": "1"} if platform.machine() in ("x86_64", "AMD64") else {}


def prefer_faster() -> None:
    """Set in this process what makes training faster and is not set; call it before Keras is imported."""
    for name, value in FASTER.items():
        os.environ.setdefault(name, value)


def require_usual(environment: Mapping[str, str] | None = None) -> None:
    """Raise a `TrainingError` that names every setting with another value than the book's runs had.

    Call it before Keras is imported, which fails over some of them, and after, since they can also be set in Python.
    """
    environment = os.environ if environment is None else environment
    unusual = [*_variables(environment), *_file(environment), *_state()]
    if unusual:
        raise TrainingError(
            f"these settings would train other networks than the book's: {'; '.join(unusual)}. "
            f"Remove them, and start Python again"
        )


def require_backend(environment: Mapping[str, str] | None = None) -> None:
    """Raise a `TrainingError` if Keras' backend is none that trains, or is not installed."""
    environment = os.environ if environment is None else environment
    backend = environment.get("KERAS_BACKEND") or file_settings(environment).get("backend", BACKENDS[0])
    if backend not in BACKENDS:
        raise TrainingError(f"Keras' backend is set to {backend!r}; set KERAS_BACKEND to one of {', '.join(BACKENDS)}")
    if "keras" not in sys.modules and importlib.util.find_spec(backend) is None:
        raise TrainingError(
            f"Keras' backend is set to {backend!r}, which is not installed; install it, or set KERAS_BACKEND to another"
        )


def _variables(environment) -> Iterator[str]:
    for name, value in sorted(environment.items()):
        if name == "KERAS_NNX_ENABLED" and value.lower() not in ("true", "1"):
            continue
        of_keras = name.startswith("KERAS_") and name not in HARMLESS  # an empty one can stop its import
        if of_keras or (value and (name in OF_BACKENDS or _PRECISION.match(name))):
            yield f"the environment variable {name} is {value!r}"
    threads = environment.get(THREADS) or "0"
    if not threads.isdecimal() or len(threads) > 4:
        yield f"the environment variable {THREADS} is {threads!r}, expected a number of threads"


def _path_of_file(environment):
    """Where Keras looks for its own file."""
    home = environment.get("KERAS_HOME")
    if home is None:
        base = os.path.expanduser("~")
        home = os.path.join(base if os.access(base, os.W_OK) else "/tmp", ".keras")
    return Path(os.path.expanduser(os.path.join(home, "keras.json")))


def _read_file(environment):
    """What Keras' own file holds; Keras takes none, or one that is not JSON, for an empty one."""
    try:
        return json.loads(_path_of_file(environment).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


def file_settings(environment: Mapping[str, str]) -> dict:
    """What Keras' own file sets, and the usual values of what it does not set."""
    content = _read_file(environment)
    return FILE | (content if isinstance(content, dict) else {})


def _file(environment) -> Iterator[str]:
    path, content = _path_of_file(environment), _read_file(environment)
    if not isinstance(content, dict):
        yield f"{path} holds {str(content)[:50]!r}, where Keras expects a JSON object"
        return
    for name, value in content.items():
        if name != "backend" and (name not in FILE or value != FILE[name]):
            yield f"{name} is {value!r} in {path}"


def _state() -> Iterator[str]:
    """What was set in this process, if Keras is imported."""
    if "keras" not in sys.modules:
        return
    import keras

    values: dict[str, tuple[object, object]] = {
        "floatx": (keras.config.floatx(), FILE["floatx"]),
        "epsilon": (keras.config.epsilon(), FILE["epsilon"]),
        "image_data_format": (keras.config.image_data_format(), FILE["image_data_format"]),
        "dtype_policy": (keras.config.dtype_policy().name, FILE["floatx"]),
        "distribution": (keras.distribution.distribution(), None),
    }
    later: dict[str, object] = {"max_epochs": None, "max_steps_per_epoch": None, "is_nnx_enabled": False}
    for name, usual in later.items():
        if hasattr(keras.config, name):  # not in every version of Keras
            values[name] = (getattr(keras.config, name)(), usual)
    for name, (value, usual) in values.items():
        if value != usual:
            yield f"Keras has {name} {value!r} in this process, expected {usual!r}"
    taken = _registered_names(keras)
    if taken:
        yield f"objects of your own are registered under names of Keras' own: {', '.join(taken)}"
    yield from _state_of_backend(keras.backend.backend())


def _registered_names(keras):
    """Names by which training asks Keras for its own, and gets something else that was registered in this process."""
    modules = (keras.activations, keras.initializers, keras.layers, keras.losses, keras.metrics, keras.optimizers)
    names = {spelling for module in modules for name in vars(module) for spelling in (name, name.lower())}
    return sorted(name for name in names if keras.saving.get_registered_object(name) is not None)


def _state_of_backend(backend) -> Iterator[str]:
    for name, usual in _STATES.get(backend, {}).items():
        try:
            value = operator.attrgetter(name)(sys.modules[backend])
        except (AttributeError, KeyError):  # not in every version of the backend
            continue
        value = value() if callable(value) else value
        if value != usual and str(value) != usual:
            yield f"{backend} has {name} {value!r} in this process, expected {usual!r}"

"""Settings outside the code that would change training: they must have the values that the book's runs had.

Keras reads them from its file ``keras.json`` and from environment variables, its backends from variables of their own.
No key knows of them, so a run under other values would pass for the book's.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from cnnbook.training.recipe import TrainingError

BACKENDS = ("tensorflow", "jax", "torch")

#: What `keras.json` may set, and to what; the backend may be any, since records say which.
FILE = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last", "nnx_enabled": False}

#: Variables of Keras that change no training; any other one of Keras is refused, those of newer versions too.
HARMLESS = ("KERAS_HOME", "KERAS_BACKEND")

#: Variables of the backends that change the type, the precision or the program of what is computed.
OF_BACKENDS = (
    *("XLA_FLAGS", "TF_XLA_FLAGS", "TF_ENABLE_AUTO_MIXED_PRECISION", "TF_ENABLE_AUTO_MIXED_PRECISION_GRAPH_REWRITE"),
    *("NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE"),
    *("ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_DEFAULT_FPMATH_MODE", "TF_SET_ONEDNN_FPMATH_MODE"),
    *("JAX_ENABLE_X64", "JAX_DEFAULT_MATMUL_PRECISION", "JAX_DEFAULT_DTYPE_BITS", "JAX_NUMPY_DTYPE_PROMOTION"),
    *("JAX_DISABLE_JIT", "JAX_DEFAULT_PRNG_IMPL", "JAX_THREEFRY_PARTITIONABLE"),
)

THREADS = "TF_NUM_INTRAOP_THREADS"


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
    backend = environment.get("KERAS_BACKEND") or _read_file(environment)[1].get("backend", BACKENDS[0])
    if backend not in BACKENDS:
        raise TrainingError(f"Keras' backend is set to {backend!r}; set KERAS_BACKEND to one of {', '.join(BACKENDS)}")
    if "keras" not in sys.modules and importlib.util.find_spec(backend) is None:
        raise TrainingError(
            f"Keras' backend is set to {backend!r}, which is not installed; install it, or set KERAS_BACKEND to another"
        )


def _variables(environment) -> Iterator[str]:
    for name, value in sorted(environment.items()):
        if not value or (name == "KERAS_NNX_ENABLED" and value.lower() not in ("true", "1")):
            continue
        if name in OF_BACKENDS or (name.startswith("KERAS_") and name not in HARMLESS):
            yield f"the environment variable {name} is {value!r}"
    threads = environment.get(THREADS) or "0"
    if not threads.isdecimal() or len(threads) > 4:
        yield f"the environment variable {THREADS} is {threads!r}, expected a number of threads"


def _read_file(environment):
    """The path and the content of Keras' own file; Keras takes none, or one that is not JSON, for an empty one."""
    path = Path(os.path.expanduser(environment.get("KERAS_HOME") or "~/.keras"), "keras.json")
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return path, {}
    return path, content if isinstance(content, dict) else {}


def _file(environment) -> Iterator[str]:
    path, content = _read_file(environment)
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

"""What a training ran on: device and versions, as records and the status page show them."""

import importlib
import os
import platform
from pathlib import Path

import keras
import numpy as np

from cnnbook import __version__


def device() -> str:
    """What Keras computes on, in words: the GPU's name, or the processor's and its number of cores."""
    names = gpus()
    return names[0] if names else f"{_processor()}, {os.cpu_count()} cores"


def gpus() -> list[str]:
    """Names of the GPUs that Keras' backend sees."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        found = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
        return [details.get("device_name", "GPU") for details in found]
    if backend == "jax":
        import jax

        return [gpu.device_kind for gpu in jax.devices() if gpu.platform != "cpu"]
    import torch

    names = [torch.cuda.get_device_name()] if torch.cuda.is_available() else []
    return names + ["Apple GPU"] * torch.backends.mps.is_available()


def onednn() -> bool | None:
    """Whether TensorFlow computes with oneDNN on the processor, on which speed and last digits depend.

    TensorFlow decides by processor unless ``TF_ENABLE_ONEDNN_OPTS`` says so. None with another backend, and with a
    version of TensorFlow that does not tell.
    """
    if keras.backend.backend() != "tensorflow":
        return None
    try:
        from tensorflow.python.util import _pywrap_util_port
    except ImportError:
        return None
    return bool(_pywrap_util_port.IsMklEnabled())


def fast_in_16_bits() -> bool:
    """Whether oneDNN computes here, on a processor that multiplies matrices of 16 bits (bfloat16) at once.

    ``python benchmarks/settings.py`` compares both precisions on any machine. Instructions of AVX-512 for them do not
    count: an AMD EPYC that has these was 1.0, 1.3, 1.5 and 1.8 times as fast with four networks (medians of two).
    """
    try:
        return bool(onednn()) and not gpus() and "amx_bf16" in Path("/proc/cpuinfo").read_text().split()
    except OSError:  # not Linux
        return False


def versions() -> dict[str, str]:
    """Versions of whatever can move a result: Python, the packages that compute, and ours."""
    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        backend: importlib.import_module(backend).__version__,  # its distribution has several names, its module one
        "numpy": np.__version__,
        "cnnbook": __version__,
    }


def _processor() -> str:
    """The processor's name if the platform tells it, else its architecture ("x86_64")."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()

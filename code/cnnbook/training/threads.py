"""How many threads a training uses, so that several on one machine do not slow each other down.

TensorFlow, JAX and PyTorch take every core unless environment variables limit them before they are imported.
"""

import os

_THREAD_VARIABLES = (
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    "OMP_NUM_THREADS",  # PyTorch and NumPy's libraries
    "NPROC",  # JAX
)


def limit(count: int) -> dict[str, str]:
    """Environment variables that give Keras' backend and NumPy `count` threads, if set before Keras is imported."""
    return dict.fromkeys(_THREAD_VARIABLES, str(count))


def thread_count() -> int:
    """How many threads Keras' backend may use in this process."""
    return int(os.environ.get(_THREAD_VARIABLES[0], 0)) or os.cpu_count() or 1

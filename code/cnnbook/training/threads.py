"""How many threads one training may use, so that two at a time do not get in each other's way.

TensorFlow, JAX and PyTorch each take every core unless told otherwise, and are told in different ways, all of them
before their first computation.
"""

import os

_VARIABLE = "OMP_NUM_THREADS"  # PyTorch and NumPy's libraries read it, Dask and loky set it


def set_limit(count):
    """Let Keras' backend and NumPy use `count` threads in this process; call it before Keras is imported.

    Parameters
    ----------
    count : int
    """
    os.environ.update(
        {
            _VARIABLE: str(count),
            "TF_NUM_INTRAOP_THREADS": str(count),
            "TF_NUM_INTEROP_THREADS": str(count),
            "NPROC": str(count),  # JAX
        }
    )


def limit():
    """The number of threads that `set_limit` allowed in this process, or None where it was not called."""
    count = os.environ.get("TF_NUM_INTRAOP_THREADS")
    return int(count) if count else None

"""Training on a cluster that is running already, through joblib's backends for Dask and Ray."""

import contextlib
from collections.abc import Iterator

import joblib

from cnnbook import CnnBookError

SECONDS_TO_ANSWER = 10
START = {
    "dask": "start one with `dask scheduler`, and workers with `dask worker {} --nthreads 1`",
    "ray": "start one with `ray start --head`",
}


class ClusterError(CnnBookError):
    """A cluster that cannot be reached, or whose package is not installed."""


@contextlib.contextmanager
def connected(backend: str = "loky", scheduler: str | None = None) -> Iterator[None]:
    """Within this context, runs train on `backend`: ``"loky"`` (processes of this machine), ``"dask"`` or ``"ray"``.

    The cluster's package and this one have to be installed here and on its machines. `scheduler` is the cluster's
    address: ``tcp://host:8786`` for Dask; for Ray what ``ray.init`` takes, by default a Ray on this machine.
    """
    if backend == "loky":
        if scheduler:
            raise ClusterError(f"got the scheduler {scheduler}, but no cluster to go with it; add --backend dask")
        yield
        return
    if backend == "dask" and not scheduler:
        raise ClusterError("a Dask cluster needs the address of its scheduler; add --scheduler tcp://HOST:PORT")
    with _connection(backend, scheduler), joblib.parallel_config(backend, n_jobs=-1):
        yield


def _connection(backend, scheduler):
    """An open connection, which is a context manager."""
    try:
        if backend == "ray":
            import ray
            from ray.util.joblib import register_ray

            register_ray()
            return ray.init(address=scheduler)
        import distributed

        client = distributed.Client(scheduler, timeout=SECONDS_TO_ANSWER)
    except ImportError as error:
        raise ClusterError(f"this cluster needs the package {error.name}; type `pip install {error.name}`") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterError(
            f"no {backend.title()} cluster answers at {scheduler} ({error}); {START[backend].format(scheduler)}"
        ) from error
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_ANSWER)
    except TimeoutError as error:
        client.close()
        raise ClusterError(
            f"the scheduler at {scheduler} has no workers; start some: `dask worker {scheduler} --nthreads 1`"
        ) from error
    return client

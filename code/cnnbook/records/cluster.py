"""The same trainings on a cluster that is there already: joblib's backends for Dask and Ray, by name."""

import contextlib
import importlib

from cnnbook import CnnBookError

SECONDS_TO_ANSWER = 10


class ClusterError(CnnBookError):
    """A cluster that cannot be reached, or whose package is not installed."""


@contextlib.contextmanager
def connected(backend="loky", scheduler=None):
    """Within this context, trainings go to `backend`.

    Parameters
    ----------
    backend : str
        ``"loky"``, processes of this machine; ``"dask"``; or ``"ray"``. The package of a cluster has to be installed
        here and on its machines, as has this one.
    scheduler : str, optional
        The cluster's address: ``tcp://host:8786`` for Dask; for Ray what ``ray.init`` takes, left out a Ray on this
        machine.

    Raises
    ------
    ClusterError
        If the cluster cannot be reached, its package is not installed, or the address is missing or one too many.
    """
    if backend == "loky":
        if scheduler:
            raise ClusterError(f"a scheduler was given, {scheduler}, and no cluster to go with it; add --backend dask")
        yield
        return
    if backend == "dask" and not scheduler:
        raise ClusterError("a Dask cluster needs the address of its scheduler; add --scheduler tcp://HOST:PORT")
    with contextlib.ExitStack() as open_connections:
        open_connections.enter_context({"dask": _dask, "ray": _ray}[backend](scheduler))
        yield


@contextlib.contextmanager
def _dask(scheduler):
    import joblib

    distributed = _package("distributed")
    try:
        client = distributed.Client(scheduler, timeout=SECONDS_TO_ANSWER)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {scheduler} ({error}); start one with `dask scheduler`, and workers with "
            f"`dask worker {scheduler}`"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=SECONDS_TO_ANSWER)
        except TimeoutError as error:
            raise ClusterError(
                f"the scheduler at {scheduler} has no workers; start some: `dask worker {scheduler}`"
            ) from error
        with joblib.parallel_config("dask", n_jobs=-1):
            yield


@contextlib.contextmanager
def _ray(scheduler):
    import joblib

    ray, ray_joblib = _package("ray"), _package("ray.util.joblib")
    try:
        ray.init(address=scheduler)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ClusterError(f"no Ray answers at {scheduler} ({error}); start one with `ray start --head`") from error
    ray_joblib.register_ray()
    try:
        with joblib.parallel_config("ray", n_jobs=-1):
            yield
    finally:
        ray.shutdown()


def _package(module):
    """Import a module of a package that the book does not install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = module.split(".")[0]
        raise ClusterError(f"this cluster needs the package {name}; type `pip install {name}`") from error

"""The same recording on a real Dask cluster: a scheduler and workers as processes on loopback."""

import socket
import subprocess
import sys

import numpy as np
import psutil
import pytest
from distributed.deploy.subprocess import SubprocessCluster

import tiny
from cnnbook import records
from cnnbook.records import cluster, recording
from cnnbook.records.cluster import ClusterError

RUNS = [(tiny.LONGER, seed) for seed in range(3)]


def dask(workers, worker_class="distributed.Nanny"):
    """A cluster of Dask with workers of one thread each. A worker without a nanny stays dead when it is killed."""
    return SubprocessCluster(
        n_workers=workers, threads_per_worker=1, worker_class=worker_class, dashboard_address=None, silence_logs=False
    )


def kill(worker):
    """End a worker's process and the training that it has started."""
    process = psutil.Process(worker.process.pid)
    for running in [*process.children(recursive=True), process]:
        running.kill()


@pytest.mark.weekly
def test_a_cluster_that_loses_a_worker_gives_the_same_records(tmp_path):
    ended = []
    with dask(2, worker_class="distributed.Worker") as running:
        running.wait_for_workers(2)
        with cluster.connected("dask", running.scheduler_address):
            for record in recording.record(RUNS, folder=tmp_path / "cluster", data=tiny.DATA):
                ended.append(record)
                if len(ended) == 1:  # the next ones are in training
                    kill(running.workers[0])
    assert sorted(record.seed for record in ended) == [0, 1, 2]
    local = list(recording.record(RUNS, jobs=2, threads=1, folder=tmp_path / "local", data=tiny.DATA))
    in_order = [sorted(group, key=lambda record: record.seed) for group in (ended, local)]
    for there, here in zip(*in_order, strict=True):
        assert there.content["key"] == here.content["key"]
        assert there.history["loss"] == pytest.approx(here.history["loss"], rel=1e-5)
        assert np.array_equal(there.test_predictions, here.test_predictions)
    assert {record.content["threads"] for record in (*ended, *local)} == {1}


@pytest.mark.weekly
def test_the_command_records_on_a_cluster(tmp_path):
    call = [sys.executable, "-m", "cnnbook", "record", "one-layer", "--seeds", "1", "--folder", str(tmp_path)]
    with dask(2) as running:
        running.wait_for_workers(2)  # with a cluster of one core, joblib would train in the calling process
        call += ["--backend", "dask", "--scheduler", running.scheduler_address]
        done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "one-layer" in done.stdout
    assert records.read(tmp_path / "one-layer-seed0.json").content["threads"] == 1


@pytest.mark.slow
def test_a_cluster_without_workers_is_refused(monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_ANSWER", 2)
    with dask(0) as running, pytest.raises(ClusterError, match="has no workers; start some: `dask worker"):
        cluster.connected("dask", running.scheduler_address).__enter__()


def test_a_scheduler_that_does_not_answer_is_refused(monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_ANSWER", 1)
    with socket.socket() as bound:  # its port is taken, and nothing listens there
        bound.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(ClusterError, match=f"no Dask cluster answers at {address} .*start one with `dask sched"):
            cluster.connected("dask", address).__enter__()


@pytest.mark.parametrize(
    ("backend", "scheduler", "words"),
    [
        ("loky", "tcp://127.0.0.1:1", "but no cluster to go with it; add --backend dask"),
        ("dask", None, "needs the address of its scheduler; add --scheduler"),
    ],
)
def test_a_call_that_does_not_fit_together_is_refused(backend, scheduler, words):
    with pytest.raises(ClusterError, match=words), cluster.connected(backend, scheduler):
        pytest.fail("went on")


def test_a_package_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match="needs the package ray; type `pip install ray`"):
        cluster.connected("ray").__enter__()

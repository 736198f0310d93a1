"""The same recording on a real Dask cluster: a scheduler and two workers as processes on loopback."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.parse

import numpy as np
import psutil
import pytest
from distributed import Client

import tiny
from cnnbook import records
from cnnbook.records import cluster, recording
from cnnbook.records.cluster import ClusterError

RUNS = [(tiny.LONGER, seed) for seed in range(3)]
PATIENCE = 120  # seconds


@contextlib.contextmanager
def process(*arguments):
    """A process of this Python, on one thread, ended with all that it started."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.path.dirname(tiny.__file__)}
    started = psutil.Popen(
        [sys.executable, "-m", *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        end(started)


def end(started):
    for running in [*started.children(recursive=True), started] if started.is_running() else []:
        with contextlib.suppress(psutil.NoSuchProcess):
            running.kill()
    started.wait()


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(0.1)


def wait_for_workers(scheduler, count):
    with Client(scheduler) as client:
        client.wait_for_workers(count, timeout=PATIENCE)


def answers(address):
    """Whether something listens at a tcp://host:port address."""
    place = urllib.parse.urlsplit(address)
    with socket.socket() as connection:
        return connection.connect_ex((place.hostname, place.port)) == 0


def free_address():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def scheduler():
    """The address of a Dask scheduler on loopback."""
    address = free_address()
    port = address.rsplit(":", 1)[1]
    with process("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"):
        wait_for(lambda: answers(address), "the scheduler")
        yield address


def worker(scheduler, nanny="--nanny"):
    """A worker of one thread. Killed without a nanny, it stays dead; with one, it may start no `multiprocessing`."""
    options = ["--host", "127.0.0.1", "--nthreads", "1", nanny, "--no-dashboard"]
    return process("distributed.cli.dask_worker", scheduler, *options)


@pytest.mark.weekly
def test_a_cluster_that_loses_a_worker_gives_the_same_records(tmp_path, scheduler):
    ended = []
    with worker(scheduler, "--no-nanny") as first, worker(scheduler):
        wait_for_workers(scheduler, 2)
        with cluster.connected("dask", scheduler):
            for record in recording.record(RUNS, folder=tmp_path / "cluster", data=tiny.DATA):
                ended.append(record)
                if len(ended) == 1:  # the next ones are in training
                    end(first)
    assert sorted(record.seed for record in ended) == [0, 1, 2]
    assert not first.is_running()
    local = list(recording.record(RUNS, jobs=2, threads=1, folder=tmp_path / "local", data=tiny.DATA))
    in_order = [sorted(group, key=lambda record: record.seed) for group in (ended, local)]
    for there, here in zip(*in_order, strict=True):
        assert there.content["key"] == here.content["key"]
        assert there.history["loss"] == pytest.approx(here.history["loss"], rel=1e-5)
        assert np.array_equal(there.test_predictions, here.test_predictions)
    assert {record.content["threads"] for record in (*ended, *local)} == {1}


@pytest.mark.weekly
def test_the_command_records_on_a_cluster(tmp_path, scheduler):
    call = [sys.executable, "-m", "cnnbook", "record", "one-layer", "--seeds", "1", "--folder", str(tmp_path)]
    with worker(scheduler), worker(scheduler):
        wait_for_workers(scheduler, 2)  # with a cluster of one core, joblib would train in the calling process
        done = subprocess.run([*call, "--backend", "dask", "--scheduler", scheduler], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "one-layer" in done.stdout
    assert records.read(tmp_path / "one-layer-seed0.json").content["threads"] == 1


@pytest.mark.slow
def test_a_cluster_without_workers_is_refused(scheduler, monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_ANSWER", 2)
    with pytest.raises(ClusterError, match="has no workers; start some: `dask worker"):
        cluster.connected("dask", scheduler).__enter__()


def test_a_scheduler_that_does_not_answer_is_refused(monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_ANSWER", 1)
    address = free_address()
    with pytest.raises(ClusterError, match=f"no Dask cluster answers at {address} .*start one with `dask scheduler`"):
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

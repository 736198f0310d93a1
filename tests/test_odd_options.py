"""Options and environment variables with values that nobody means: a sentence and an exit code, never a traceback."""

import os
import subprocess
import sys

import pytest

import booksite.__main__
from cnnbook import data, records
from cnnbook.__main__ import main
from cnnbook.data import layouts, sources
from cnnbook.records import RecordError, recording


def run(*arguments, **environment):
    """A command in a process of its own; gives its exit code and what it wrote to stderr."""
    call = [sys.executable, "-m", "cnnbook", *arguments]
    done = subprocess.run(call, env=os.environ | environment, capture_output=True, timeout=60)
    error = done.stderr.decode(errors="replace")
    assert "Traceback" not in error, error
    return done.returncode, error


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (
            ["record", "one-layer", "--seeds", "9"],
            {"KERAS_BACKEND": "nonsense"},
            "'nonsense'; set KERAS_BACKEND",
        ),
        (["record", "one-layer", "--seeds", "9"], {"KERAS_BACKEND": "torch"}, "'torch', which is not installed"),
        (["record", "one-layer", "--seeds", "9"], {"KERAS_MAX_EPOCHS": "x"}, "KERAS_MAX_EPOCHS is 'x'"),
        (["record", "one-layer", "--seeds", "9"], {"TF_NUM_INTRAOP_THREADS": "x"}, "TF_NUM_INTRAOP_THREADS is 'x'"),
        (["record", "one-layer", "--seeds", "9"], {"CNNBOOK_SHORT": "1"}, "CNNBOOK_SHORT is set"),
        (["data"], {"CNNBOOK_DATA": "~nobody-of-that-name/x"}, "there is no such home folder"),
        (["data"], {"KERAS_HOME": "~nobody-of-that-name", "XDG_CACHE_HOME": "/proc/x"}, "there is no such home folder"),
        (["record", "é”"], {"PYTHONIOENCODING": "ascii"}, "there is no recipe"),
        (["results", "--folder", "/nowhere/é”"], {"PYTHONIOENCODING": "latin-1"}, "there is no folder /nowhere"),
    ],
)
def test_an_odd_value_gets_a_sentence_and_exit_code_1(tmp_path, arguments, environment, words):
    folder = ["--folder", str(tmp_path)] if arguments[0] == "record" else []
    code, error = run(*arguments, *folder, **environment)
    assert code == 1
    assert words in error


@pytest.mark.parametrize(
    "options",
    [["notebooks", ""], ["gate", ""], ["gate", ".", "--records", ""], ["links", " "], ["downloads", "--site", ""]],
)
def test_an_empty_folder_is_refused_by_the_sites_commands(options, capsys):
    with pytest.raises(SystemExit) as stop:
        booksite.__main__.main(options)
    assert stop.value.code == 2
    assert "got an empty name" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ["record", "one-layer", "--threads", "9" * 20],
        ["record", "one-layer", "--threads", "9" * 5000],
        ["record", "one-layer", "--seeds", "99999999999"],
        ["record", "one-layer", "--jobs", "1001"],
        ["record", "one-layer", "--folder", ""],
        ["results", "--folder", ""],
        ["worksheet", ""],
        ["practice", "--folder", " "],
        ["handin", ""],
        ["handin", ".", "--timeout", "9" * 400],
        ["handin", ".", "--timeout", "0.0"],
        ["handin", ".", "--architectures", "9" * 30],
    ],
)
def test_sizes_and_folders_that_nobody_means_are_refused(options, capsys):
    with pytest.raises(SystemExit) as stop:
        main(options)
    assert stop.value.code == 2
    assert "got " in capsys.readouterr().err


def test_no_more_jobs_are_started_than_there_are_runs(tmp_path, monkeypatch):
    counts = []

    def parallel(n_jobs, **_):
        counts.append(n_jobs)
        return lambda calls: iter(())

    monkeypatch.setattr(recording.joblib, "Parallel", parallel)
    monkeypatch.setattr(recording, "epoch_cost", lambda *_: 1)
    recipe = recording.Recipe(name="tiny", builder="one_layer")
    list(recording.record([(recipe, 0), (recipe, 1)], jobs=24, folder=tmp_path))
    assert counts == [2]


def test_a_date_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("CNNBOOK_TRAIN", "fresh")
    monkeypatch.setenv("CNNBOOK_FRESH_SINCE", "yesterday")
    monkeypatch.delenv("CNNBOOK_SHORT", raising=False)
    with pytest.raises(RecordError, match="CNNBOOK_FRESH_SINCE is 'yesterday'; expected a date"):
        records.policy()


def test_a_sample_that_is_a_pointer_is_refused(tmp_path, monkeypatch):
    (tmp_path / "sample.npz").write_text("version https://git-lfs.github.com/spec/v1\n")
    monkeypatch.setattr(data.importlib.resources, "files", lambda package: tmp_path)
    with pytest.raises(data.DataError, match=r"sample.npz of the package cnnbook is not the file .*git lfs pull"):
        data.sample()


def test_labels_that_are_nested_without_end_are_refused():
    with pytest.raises(data.DataError, match=r"train_lables\.json is not a list of labels"):
        layouts.decode_mirror(lambda name: b"[" * 100_000)


def test_a_batch_of_any_size_is_not_read(tmp_path):
    for batch in layouts.PUBLISHED.batches:
        (tmp_path / f"{batch.name}.bin").touch()
    os.truncate(tmp_path / "data_batch_1.bin", 2 * 10**11)
    with pytest.raises(data.DataError, match=r"data_batch_1.bin cannot be read \(it has 200,000,000,000 bytes"):
        sources.read_folder(tmp_path)


def test_results_say_whether_onednn_was_on(tmp_path, capsys):
    """Which the records that ship with the book do not: it was not recorded then."""
    for path in records.RESULTS.glob("one-layer-seed[01].*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    changed = tmp_path / "one-layer-seed1.json"
    changed.write_text(changed.read_text().replace('"versions"', '"onednn": false, "versions"'))
    assert main(["results", "--folder", str(tmp_path)]) == 0
    older, newer = capsys.readouterr().out.splitlines()[1:]
    assert "(tensorflow, oneDNN unknown)" in older
    assert "(tensorflow, oneDNN off)" in newer

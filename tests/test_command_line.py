"""The commands, as a reader types them."""

import os
import shutil
import subprocess
import sys

import pytest

from cnnbook import data, experiments, records
from cnnbook.__main__ import main
from cnnbook.records import recording


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "cnnbook", *arguments], capture_output=True, text=True)


def test_help_names_every_command():
    shown = run("--help")
    assert shown.returncode == 0
    commands = {line.split()[0] for line in shown.stdout.splitlines() if line.startswith("    ")}
    assert {"data", "record", "results", "speedrun", "worksheet", "practice", "handin", "explorer", "class"} <= commands


@pytest.mark.parametrize("entries", ["", ":/x", "."])
def test_isolated_python_imports_nothing_from_the_folder_it_is_called_in(entries, tmp_path):
    (tmp_path / "cnnbook").mkdir()
    (tmp_path / "cnnbook/__init__.py").write_text("raise SystemExit('a student's')")
    command, environment = [sys.executable, "-I", "-m", "cnnbook", "--help"], os.environ | {"PYTHONPATH": entries}
    shown = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (shown.returncode, shown.stderr) == (0, "")


@pytest.mark.data
def test_data_says_where_it_came_from(capsys):
    assert main(["data"]) == 0
    assert "CIFAR-10 is complete and verified" in capsys.readouterr().out


def test_results_has_a_line_for_every_record(capsys):
    assert main(["results"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert len(lines) == sum(recipe.seeds for recipe in experiments.RECIPES.values())
    record = records.load(experiments.recipe("one-layer"), 0)
    (line,) = [line for line in lines if line.split()[:2] == ["one-layer", "0"]]
    assert f"{record.accuracy():.2f}" in line
    assert record.content["device"] in line


def test_recording_what_is_recorded_trains_nothing(capsys):
    # Were a record missing, this would train it: looked up first, so that it fails within seconds instead.
    for recipe in experiments.RECIPES.values():
        experiments.accuracies(recipe.name)
    assert main(["record", "--all"]) == 0
    runs = sum(recipe.seeds for recipe in experiments.RECIPES.values())
    assert f"{runs} runs requested, {runs} already recorded, 0 to train" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["record", "one-liar"], "no recipe 'one-liar'; choose from one-layer"),
        (["record"], "give either recipes or --all"),
        (["record", "one-layer", "--all"], "give either recipes or --all"),
        (["record", "one-layer", "--fresh", "--backend", "dask"], "needs the address of its scheduler"),
        (["data"], "nowhere"),
        (["results", "--folder", "damaged"], "x-seed0.json is cut off"),
        (["results", "--folder", "nowhere"], "there is no folder"),
        (["worksheet", "damaged/x-seed0.json"], "json' cannot be used (File exists); name a place where"),
        (["worksheet", "--force"], "cannot be used (Is a directory); name a place where"),
        (["results", "--folder", "no\x1b[2J\x07where"], "there is no folder no[2Jwhere"),
        (["practice", "--folder", "damaged/x-seed0.json/a"], "/a' cannot be used (Not a directory); name a place"),
    ],
)
def test_errors_get_a_sentence_and_a_non_zero_exit_code(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CNNBOOK_DATA", "nowhere")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "x-seed0.json").write_text("{")
    (tmp_path / "cnn-ex1-stud.xlsx").mkdir()
    assert main(arguments) == 1
    err = capsys.readouterr().err
    assert words in err
    assert ".part" not in err
    assert err.strip().replace("\n", " ").isprintable()


@pytest.mark.parametrize(
    "arguments", [["record", "one-layer", "--seeds", "0"], ["record", "--jobs", "-1"], ["bake"], []]
)
def test_bad_options_are_refused(arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


def test_results_marks_what_is_stale(tmp_path, capsys):
    for path in records.RESULTS.glob("one-layer-seed[01].*"):
        shutil.copy(path, tmp_path)
    stale = tmp_path / "one-layer-seed1.json"
    stale.write_text(stale.read_text().replace('"batch_size": 128', '"batch_size": 64'))
    assert main(["results", "--folder", str(tmp_path)]) == 0
    first, second = capsys.readouterr().out.splitlines()[1:]
    assert "STALE" not in first
    assert "STALE" in second


def test_worksheet_writes_both_files(tmp_path, capsys):
    assert main(["worksheet", str(tmp_path / "new")]) == 0
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["cnn-ex1-solution.xlsx", "cnn-ex1-stud.xlsx"]
    shown = capsys.readouterr().out
    assert all(name in shown for name in names)


WRITING = {
    ("worksheet", "FOLDER"): ["cnn-ex1-solution.xlsx", "cnn-ex1-stud.xlsx"],
    ("practice", "--seed", "7", "--solutions", "--folder", "FOLDER"): ["practice-7-answers.html", "practice-7.html"],
}


@pytest.mark.parametrize("edit", [lambda path: path.write_text("mine"), lambda path: path.unlink() or path.mkdir()])
@pytest.mark.parametrize(("command", "names"), WRITING.items(), ids=["worksheet", "practice"])
def test_an_edited_file_is_kept_unless_force_is_given(tmp_path, capsys, command, names, edit):
    arguments = [str(tmp_path) if word == "FOLDER" else word for word in command]
    assert main(arguments) == main(arguments) == 0  # what nobody has edited may be written again
    original = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept, other = (tmp_path / name for name in names)
    edit(kept)
    other.unlink()
    capsys.readouterr()
    assert main(arguments) == 1
    assert kept.is_dir() or kept.read_text() == "mine"
    assert other.read_bytes() == original[other.name]
    error = capsys.readouterr().err
    assert f"kept as it was, because it may have been edited: {kept}; 1 of 2 files were written" in error
    assert main([*arguments, "--force"]) == kept.is_dir()
    assert kept.is_dir() or kept.read_bytes() == original[kept.name]


def test_a_link_to_an_edited_file_is_kept(tmp_path):
    for name, target in (("cnn-ex1-stud.xlsx", "mine.xlsx"), ("cnn-ex1-solution.xlsx", "not-there.xlsx")):
        (tmp_path / name).symlink_to(tmp_path / target)
    (tmp_path / "mine.xlsx").write_text("mine")
    assert main(["worksheet", str(tmp_path)]) == 1
    assert (tmp_path / "mine.xlsx").read_text() == "mine"
    assert all(path.is_symlink() for path in tmp_path.glob("cnn*"))


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("there", [], "there is a file"),
        ("folder", ["--force"], "it is a folder"),
        ("there/sample.npz", [], "Not a directory"),
        ("x" * 250, [], "too long"),
    ],
)
def test_where_the_sample_cannot_go_is_said_before_anything_is_fetched(
    tmp_path, monkeypatch, capsys, name, options, words
):
    monkeypatch.setattr(data, "fetch", lambda **_: pytest.fail("fetched"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "there").write_text("mine")
    assert main(["data", "--sample", str(tmp_path / name), *options]) == 1
    assert words in capsys.readouterr().err
    assert (tmp_path / "there").read_text() == "mine"


def test_only_missing_seeds_are_trained_and_ctrl_c_says_that_nothing_finished_is_lost(monkeypatch, capsys):
    def stopped(runs, **_):
        assert runs == [(experiments.recipe("one-layer"), 5)]
        raise KeyboardInterrupt

    monkeypatch.setattr(recording, "record", stopped)
    assert main(["record", "one-layer", "--seeds", "6"]) == 130
    printed = capsys.readouterr()
    assert "6 runs requested, 5 already recorded, 1 to train" in printed.out
    assert "Finished seeds are kept" in printed.err

"""Which misconceptions a class has: the command, with files as the page writes them and as others might."""

import json
import re

import pytest

from cnnbook.__main__ import main
from cnnbook.handin import class_report
from cnnbook.mistakes import MISTAKES

SENTENCE = MISTAKES["bias-forgotten"].sentence


def content(number=1, *, day=1, **change):
    """The file of a reader."""
    saved = f"2026-12-{day:02}T10:00:00.000Z"
    return {"file": "cnnbook class", "version": 1, "student": f"{number:016x}", "saved": saved, "items": {}} | change


def write(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    """A class of four, one of them twice, with a folder of its own for each as an LMS hands them out."""
    folder = tmp_path / "class"
    for number, items in enumerate(
        [
            {"quiz-a": ["bias-forgotten"], "quiz-b": [], "parameters:2": ["bias-forgotten", "one-channel"]},
            {"quiz-a": ["bias-forgotten", "B"], "quiz-b": ["other"]},
            {"quiz-a": [], "parameters:2": ["bias-forgotten"]},
            {},
        ]
    ):
        write(folder, f"{number}/mine.json", content(number, items=items))
    write(folder, "0/newer.JSON", content(0, day=2, items={"quiz-a": ["bias-forgotten"], "quiz-b": []}))
    return folder


def test_misconceptions_are_counted_item_by_item(folder, capsys):
    assert main(["class", str(folder)]) == 0
    printed = capsys.readouterr()
    newer, older = folder / "0/newer.JSON", folder / "0/mine.json"
    assert printed.out.splitlines() == [
        f"{newer} counts, and {older}, an earlier file of its reader, does not",
        "4 readers",
        "",
        "  readers  misconception, and where",
        f"   3 of 4  bias-forgotten: {SENTENCE}",
        "              2 of 3  quiz-a",
        "              1 of 1  practice: parameters of a layer, level 2",
        "   1 of 3  quiz-a, B",
        "   1 of 2  quiz-b, another answer",
    ]
    assert printed.err == ""


def test_the_figure_has_a_bar_for_each_line_of_the_table(folder, tmp_path, capsys):
    figure = tmp_path / "class.svg"
    assert main(["class", str(folder), "--figure", str(figure)]) == 0
    assert f"wrote {figure}" in capsys.readouterr().out
    svg = figure.read_text("utf-8")
    texts = re.findall(r'<text data-kind="(row|number)"[^>]*>([^<]*)<', svg)
    rows = [
        "bias-forgotten",
        "quiz-a",
        "practice: parameters of a layer, level 2",
        "quiz-a, B",
        "quiz-b, another answer",
    ]
    assert [text for kind, text in texts if kind == "row"] == rows
    assert [text for kind, text in texts if kind == "number"] == ["3 of 4", "2 of 3", "1 of 1", "1 of 3", "1 of 2"]
    widths = [float(width) for width in re.findall(r'<rect data-kind="bar"[^>]*width="([\d.]+)"', svg)]
    # A viewer may be dark: the file brings its own ground.
    height = re.search(r'viewBox="0 0 640 (\d+)"', svg)[1]
    assert f'<rect data-kind="ground" width="640" height="{height}" style="fill: #fffdf9"/>' in svg
    assert [width / widths[0] for width in widths] == pytest.approx([1, 8 / 9, 4 / 3, 4 / 9, 2 / 3], abs=0.01)
    # A figure that is there is kept.
    figure.write_text("mine")
    assert main(["class", str(folder), "--figure", str(figure)]) == 1
    assert figure.read_text() == "mine"
    assert main(["class", str(folder), "--figure", str(figure), "--force"]) == 0
    assert figure.read_text("utf-8") == svg


def test_misconceptions_with_a_name_come_first_and_problems_count_those_who_solved_some():
    items = [{"quiz-a": ["B"], "parameters:1": []}, {"quiz-a": ["B"], "parameters:1": ["bias-forgotten"]}, {}]
    sheets = [class_report.Sheet(None, str(number), None, each) for number, each in enumerate(items)]
    named, other = class_report.misconceptions(sheets)
    assert [(count.readers, count.of) for count in (named.total, *named.items, other.total)] == [(1, 3), (1, 2), (2, 2)]


def test_what_does_not_fit_into_the_figure_is_counted():
    sheets = [class_report.Sheet(None, "a", None, {f"quiz-{n}": ["A"] for n in range(70)})]
    svg = class_report.figure(class_report.misconceptions(sheets), 1)
    assert svg.count('data-kind="bar"') == 60
    assert "10 more in the table" in svg
    assert 'data-kind="bar"' not in class_report.figure([], 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("1" * 10_000, "is not JSON"),
        ("null", "is not the file that"),
        (content(file="cnnbook homework"), "is not the file that"),
        (content(file="cnnbook answers"), "was saved under “Take it along”; ask for the one from “Give this file"),
        (content(version=2), "is from another edition"),
        (content(student="Ada"), "is damaged: “student” is not"),
        (content(student=5), "is damaged: “student” is not"),
        (content(saved="yesterday"), "is damaged: “saved” is not a date"),
        (content(saved=None), "is damaged: “saved” is not a date"),
        (content(saved="2026-12-01"), "is damaged: “saved” has no time zone"),
        (content(items=[]), "is damaged: it has no “items”"),
        (content(items={"\x1b[2Jquiz": []}), "is damaged: “[2Jquiz” is no item"),
        (content(items={"q" * 81: []}), "is no item"),
        (content(items={"parameters:4": []}), "is damaged: “parameters:4” is no item"),
        (content(items={"quiz-a": "B"}), "the mistakes of “quiz-a” are no list of names"),
        (content(items={"quiz-a": ["<b>"]}), "the mistakes of “quiz-a” are no list of names"),
        (content(items={"quiz-a": [["B"]]}), "the mistakes of “quiz-a” are no list of names"),
        (json.dumps(content()) + " " * 1_000_000, "bytes, expected at most 1,000,000"),
    ],
)
def test_a_bad_file_is_named_and_left_out_and_the_others_count(text, words, folder, capsys):
    bad = write(folder, "bad \x07.json", text)
    assert main(["class", str(folder)]) == 1
    printed = capsys.readouterr()
    assert "4 readers" in printed.out
    said = "left out 1 of 6 files; the others are counted, and the exit code is 1 all the same:"
    assert f"{said}\n{str(bad).replace(chr(7), '')} " in printed.err
    assert words in printed.err
    assert printed.err.replace("\n", " ").isprintable()


def test_without_a_file_that_counts_there_is_neither_table_nor_figure(tmp_path, capsys):
    write(tmp_path, "bad.json", "{")
    assert main(["class", str(tmp_path), "--figure", str(tmp_path / "class.svg")]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "left out 1 of 1 files:" in printed.err
    assert not (tmp_path / "class.svg").exists()


def test_a_folder_without_files_is_said(tmp_path, capsys):
    for folder, words in (("nowhere", "there is no folder"), (".", "whose name ends in .json")):
        assert main(["class", str(tmp_path / folder)]) == 1
        assert words in capsys.readouterr().err

"""When what was missed comes back, and the files of what a reader has done, as the browser's modules compute them."""

import json

import pytest

import javascript
from cnnbook.handin import class_report

SCHEDULE = """import { dayOf, dueOn, isDone, isDue, isMiss, merge, next } from "./schedule.js";
const holds = (miss) => { try { return isMiss(miss); } catch { return false; } };
"""


def miss(step, on, *wrong):
    return {"step": step, "on": on, "wrong": list(wrong)}


def after(*answers):
    """What a list of answers, (day, right, mistakes...), makes of an item."""
    step = "(miss, [day, right, ...wrong]) => next(miss, right, wrong, day)"
    return javascript.run(f"{SCHEDULE}const output = (all) => all.reduce({step}, null);", answers)


def test_what_is_missed_comes_back_after_1_3_and_7_days_and_is_done():
    missed = ("2026-11-30", False, "bias-forgotten")
    days = ["2026-12-01", "2026-12-04", "2026-12-11"]
    for number in range(4):
        answers = [missed, *((day, True) for day in days[:number])]
        on = [missed[0], *days][number]
        assert after(*answers) == miss(number, on, "bias-forgotten")
    # Each day of the queue, as the page asks for it: what is due then, and what is done.
    program = f"""{SCHEDULE}const output = ([all, days]) => all.map((miss) =>
        isDone(miss) ? ["done", isDue(miss, "2030-01-01")] : [dueOn(miss), days.find((day) => isDue(miss, day))]);"""
    states = [miss(0, "2026-11-30"), miss(1, "2026-12-01"), miss(2, "2026-12-04"), miss(3, "2026-12-11")]
    calendar = [f"2026-12-{day:02}" for day in range(3, 31)]
    assert javascript.run(program, [states[:1], ["2026-11-30", "2026-12-01"]]) == [["2026-12-01", "2026-12-01"]]
    assert javascript.run(program, [states[1:], calendar]) == [*([day, day] for day in days[1:]), ["done", False]]


def test_wrong_again_starts_again_and_right_before_the_day_changes_nothing():
    first = ("2026-11-30", False, "bias-forgotten")
    assert after(first, ("2026-11-30", True)) == miss(0, "2026-11-30", "bias-forgotten")
    assert after(first, ("2026-12-01", True), ("2026-12-03", True)) == miss(1, "2026-12-01", "bias-forgotten")
    # A week late counts as well, and two tabs on one day count once.
    assert after(first, ("2026-12-08", True), ("2026-12-08", True)) == miss(1, "2026-12-08", "bias-forgotten")
    again = after(first, ("2026-12-01", True), ("2026-12-04", False, "other", "bias-forgotten"))
    assert again == miss(0, "2026-12-04", "bias-forgotten", "other")
    done = [first, *((day, True) for day in ("2026-12-01", "2026-12-04", "2026-12-11"))]
    assert after(*done, ("2027-03-01", True)) == miss(3, "2026-12-11", "bias-forgotten")
    assert after(*done, ("2027-03-01", False, "B")) == miss(0, "2027-03-01", "B")
    assert after(("2026-11-30", True)) is None


def test_an_answer_that_was_copied_comes_back_tomorrow():
    program = f"{SCHEDULE}const output = ([miss, day]) => next(miss, true, [], day, true);"
    due = miss(1, "2026-12-01", "B")
    for day in ("2026-12-03", "2026-12-04"):  # before its day, too
        assert javascript.run(program, [due, day]) == miss(0, day, "B", "shown")
    assert javascript.run(program, [None, "2026-12-03"]) == miss(0, "2026-12-03", "shown")
    assert javascript.run(program, [miss(3, "2026-12-01", "B"), "2026-12-03"]) == miss(0, "2026-12-03", "shown")
    # Right by heart on its day, what was noted of the copy is forgotten.
    assert after(("2026-11-30", False, "B", "shown"), ("2026-12-01", True)) == miss(1, "2026-12-01", "B")


@pytest.mark.parametrize(
    ("on", "today", "due"),
    [
        ("2026-12-31", "2027-01-01", True),
        ("2026-02-28", "2026-03-01", True),
        ("2027-01-15", "2026-12-01", True),  # the clock was ahead then: waiting would take weeks
        ("2026-12-02", "2026-12-01", False),  # the reader has flown west
        ("2026-12-01", "2026-12-01", False),
    ],
)
def test_odd_days(on, today, due):
    program = f"{SCHEDULE}const output = ([m, day]) => isDue(m, day);"
    assert javascript.run(program, [miss(0, on), today]) is due


@pytest.mark.parametrize(
    ("zone", "day"), [("Pacific/Auckland", "2026-12-01"), ("UTC", "2026-11-30"), ("America/Los_Angeles", "2026-11-30")]
)
def test_days_are_those_of_the_readers_calendar(zone, day, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    program = f"{SCHEDULE}const output = (moment) => dayOf(new Date(moment));"
    assert javascript.run(program, "2026-11-30T23:30:00Z") == day


def test_only_what_the_script_can_have_written_is_a_miss():
    good = [
        miss(0, "2026-11-30"),
        miss(3, "2028-02-29", "bias-forgotten", "B", "1,728", "30×30×8", "−0.25", "pair-2", "a" * 60),
    ]
    bad = [
        miss("0", "2026-11-30"),
        *(None, [], 5, "x", {}, miss(4, "2026-11-30"), miss(-1, "2026-11-30"), miss(0.5, "2026-11-30")),
        *(miss(0, day) for day in ("2026-02-30", "2026-13-01", "30.11.2026", "2026-11-3", "", None, 20261130)),
        *(miss(0, "2026-11-30", name) for name in ("", "a b", "<b>", '"', "é", "a" * 61, None, 5, ["B"])),
        {"step": 0, "on": "2026-11-30"},
        {"step": 0, "on": "2026-11-30", "wrong": "B"},
        miss(0, "2026-11-30") | {"more": 1},
    ]  # fmt: skip
    program = f"{SCHEDULE}const output = (all) => all.map(holds);"
    assert javascript.run(program, good + bad) == [True] * len(good) + [False] * len(bad)


def test_two_browsers_are_put_together_by_the_later_day():
    done = miss(3, "2026-12-03", "D")  # overcome before
    early, late, same = miss(2, "2026-12-04", "A"), miss(0, "2026-12-05", "B"), miss(1, "2026-12-04", "C")
    program = f"{SCHEDULE}const output = (all) => all.map((pair) => merge(...pair));"
    assert javascript.run(
        program, [[early, late], [late, early], [early, same], [None, early], [late, late], [done, late]]
    ) == [
        miss(0, "2026-12-05", "A", "B"),
        miss(0, "2026-12-05", "B", "A"),
        miss(1, "2026-12-04", "A", "C"),
        early,
        late,
        late,
    ]


# --- the file with everything ----------------------------------------------------------------------------------------

ANSWERS = {
    "book/a#quiz-a:0123456789": {"given": [1], "right": True},
    "practice#1:77": {"given": "1,728", "right": True},
}
MISSES = {"quiz-a": miss(0, "2026-11-30", "B"), "parameters:1": miss(3, "2026-11-30")}
SAVED = "2026-11-30T22:00:00.000Z"
FILES = """import { readAll, textForClass, textOfAll } from "./saved.js";
"""


STUDENT = "0123456789abcdef"


def file(**change):
    return {
        "file": "cnnbook answers",
        "version": 1,
        "student": STUDENT,
        "saved": SAVED,
        "answers": ANSWERS,
        "misses": MISSES,
    } | change


def read_all(*texts):
    program = f"""{FILES}const output = (texts) => texts.map((text) =>
        readAll(text, (key) => !key.includes("gone"), (item) => !item.includes("gone")));"""
    return javascript.run(program, texts)


def test_the_file_with_everything_is_read_as_it_was_written():
    text = javascript.run(f"{FILES}const output = (all) => textOfAll(...all);", [STUDENT, ANSWERS, MISSES, SAVED])
    assert json.loads(text) == file()
    whole = {
        "student": STUDENT,
        "answers": [[*item] for item in ANSWERS.items()],
        "misses": [[*item] for item in MISSES.items()],
    }
    gone = {"book/a#gone:1": {"given": "5", "right": False}}, {"quiz-gone": miss(1, "2026-11-30")}
    other = json.dumps(file(answers=ANSWERS | gone[0], misses=MISSES | gone[1]))
    assert read_all(text, other) == [whole | {"left": 0}, whole | {"left": 2}]


_PROTOTYPE = '{"file": "cnnbook answers", "version": 1, "answers": {"__proto__": {"given": "x"}}, "misses": {}}'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a file that “Save all as a file” has made"),
        ("{", "not a file that"),
        ("null", "not a file that"),
        ('"cnnbook answers"', "not a file that"),
        ("[" * 100_000, "not a file that"),
        (json.dumps({"cells": []}), "not a file that"),
        (json.dumps(file(file="cnnbook class")), "the file for a teacher"),
        (json.dumps(file(version=2)), "from another edition"),
        (json.dumps(file(answers=[])), "damaged: it has no “answers”"),
        (json.dumps(file(misses=None)), "damaged: it has no “misses”"),
        (json.dumps(file(answers={"practice#1:5": {"given": "5", "right": 1}})), "“practice#1:5” in it cannot be read"),
        (json.dumps(file(answers={"practice#1:5": None})), "“practice#1:5” in it cannot be read"),
        (json.dumps(file(misses={"quiz-a": miss(0, "2026-02-30")})), "“quiz-a” in it cannot be read"),
        (json.dumps(file(student=[STUDENT])), "“student” in it cannot be read"),
        (_PROTOTYPE, "“__proto__” in it cannot be read"),
    ],
)
def test_a_bad_file_gets_a_sentence(text, words):
    (read,) = read_all(text)
    assert list(read) == ["problem"]
    assert words in read["problem"]


# --- the file for a teacher ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "items", [{}, {"quiz-a": []}, {"quiz-a": ["bias-forgotten", "30×30×8"], "output_size:2": ["other"]}]
)
@pytest.mark.parametrize("name", ["", 'Ada "the first" {}\n}'])
def test_the_command_reads_what_the_page_writes(items, name, tmp_path):
    program = f"{FILES}const output = (all) => textForClass(...all);"
    text = javascript.run(program, ["0123456789abcdef", name, SAVED, items])
    assert ("name" in json.loads(text)) == bool(name)
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    assert class_report.read(path).items == items
    assert len(text.splitlines()) == 8 + bool(name) + max(len(items), 1)  # so that a reader can read it

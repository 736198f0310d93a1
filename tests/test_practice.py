"""Practice problems: the browser's are those of Python, and a reader's own way through the question gives the answer.

The solvers below know nothing but the text of a question. They count by hand, position by position, and share no
formula with the module.
"""

import errno
import functools
import itertools
import json
import os
import re
from collections import Counter
from xml.etree import ElementTree

import numpy as np
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

import javascript
from cnnbook import practice, shapes
from cnnbook.__main__ import main
from cnnbook.mistakes import MISTAKES, PRACTISED
from cnnbook.practice import sheet
from cnnbook.practice.draws import Draws
from cnnbook.practice.texts import TEXTS, blocks, shown
from pages import BOOK

# One Node.js draws the problems for all tests here.
pytestmark = pytest.mark.xdist_group("practice")

SEEDS = [*range(290), *(2**32 - 1 - 7**power for power in range(10))]
KINDS_AND_LEVELS = list(itertools.product(practice.KINDS, practice.LEVELS))
every_kind_and_level = pytest.mark.parametrize(("kind", "level"), KINDS_AND_LEVELS)
PROBLEMS = st.builds(
    practice.problem,
    st.sampled_from(practice.KINDS),
    seed=st.integers(0, 2**32 - 1),
    level=st.sampled_from(practice.LEVELS),
)

PROGRAM = """
import { check } from "./practice/judge.js";
import { about } from "./practice/mistakes.js";
import { problem, sheet } from "./practice/problems.js";
import { texts } from "./practice/texts.js";
const named = ([value, name]) => [value, [about(name).sentence, about(name).page, name]];
const plain = ({ numbers, variant, ...drawn }) => ({ ...drawn, mistakes: [...drawn.mistakes].map(named) });
const output = ({ drawn, sheets, typed }) => ({
  drawn: drawn.map(([kind, level, seeds]) => seeds.map((seed) => plain(problem(kind, seed, level)))),
  sheets: sheets.map((options) => sheet(...options).map(plain)),
  checked: typed.map(([kind, seed, level, text]) => check(problem(kind, seed, level), text, texts.feedback)),
});
"""

SHEETS = [
    (seed, count, level, kinds)
    for seed in (0, 7, 4821, 2**32 - 1)
    for count, level, kinds in [
        (10, None, practice.KINDS),
        (1, 3, practice.KINDS),
        (40, 1, ("output_size",)),
        (17, 2, ("parameters", "one_dimension", "pooling")),
    ]
]

NUMBER, ROW = practice.problem("output_size", seed=4), practice.problem("one_dimension", seed=0)
LARGE = next(
    problem for seed in range(99) if (problem := practice.problem("parameters", seed=seed, level=3)).answer > 9999
)

TYPED = [
    # What is typed, the problem, and what it is read as; None is not readable.
    (f" {NUMBER.answer} ", NUMBER, NUMBER.answer),
    (f"+{NUMBER.answer}", NUMBER, NUMBER.answer),
    (f"{LARGE.answer:,}", LARGE, LARGE.answer),
    (f"{LARGE.answer:,}".replace(",", " "), LARGE, LARGE.answer),
    (f"{LARGE.answer:,}".replace(",", "’"), LARGE, LARGE.answer),
    ("1,234,567", LARGE, 1234567),
    ("-5", NUMBER, -5),
    ("−5", NUMBER, -5),
    ("99999", NUMBER, 99999),
    ("", NUMBER, None),
    ("16.0", NUMBER, None),
    ("1,72", NUMBER, None),
    ("1,7285", NUMBER, None),
    ("sixteen", NUMBER, None),
    ("16 cells", NUMBER, 16),
    (", ".join(map(str, ROW.answer)), ROW, ROW.answer),
    ("[" + " ".join(map(str, ROW.answer)) + "]", ROW, ROW.answer),
    ("(" + "; ".join(map(str, ROW.answer)).replace("-", "−") + " )", ROW, ROW.answer),
    ("1, 2", ROW, (1, 2)),
    ("9 9 9 9", ROW, (9, 9, 9, 9)),
    ("", ROW, None),
    ("1, two", ROW, None),
    ("1, 2.5", ROW, None),
    ("9" * 16, NUMBER, None),
    ("9" * 16, ROW, None),
    (" , (1; 2), ", ROW, (1, 2)),
]


@functools.cache
def drawn(kind, level):
    """The problems that most tests look at."""
    return [practice.problem(kind, seed=seed, level=level) for seed in SEEDS]


@pytest.fixture(scope="session")
def browser():
    """What the browser's modules draw and say; once, although slow tests run apart from the others of this file."""
    typed = [(problem.kind, problem.seed, problem.level, text) for text, problem, _ in TYPED]
    kinds = [(kind, level, SEEDS) for kind, level in KINDS_AND_LEVELS]
    return javascript.run(PROGRAM, {"drawn": kinds, "sheets": SHEETS, "typed": typed})


def as_in_the_browser(problem):
    """A problem in the form in which the browser's comes."""
    names = ("kind", "level", "title", "page", "question", "hints", "solution", "answer")
    plain = json.loads(json.dumps({name: getattr(problem, name) for name in names}))
    # The page makes a table of a grid, so the browser's grids are not aligned.
    plain["question"] = re.sub(r"^ +|(?<= ) +", "", plain["question"], flags=re.M)
    return plain | {
        "mistakes": [[written(value), [m.sentence, m.page, m.name]] for value, m in problem.mistakes.items()]
    }


def written(value):
    """An answer as JavaScript makes a key of it."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


# --- the same problems on both sides ---


@pytest.mark.slow
@every_kind_and_level
def test_python_and_the_browser_draw_the_same_problems(kind, level, browser):
    theirs = browser["drawn"][KINDS_AND_LEVELS.index((kind, level))]
    assert theirs == [as_in_the_browser(problem) for problem in drawn(kind, level)]


@pytest.mark.parametrize("position", range(len(SHEETS)), ids=lambda position: "-".join(map(str, SHEETS[position][:3])))
def test_python_and_the_browser_make_the_same_sheets(position, browser):
    seed, count, level, kinds = SHEETS[position]
    ours = sheet.problems(seed, count=count, level=level, kinds=kinds)
    assert [as_in_the_browser(problem) for problem in ours] == browser["sheets"][position]


def test_the_pictures_of_solutions_show_their_answers():
    """Each that is drawn is as wide as a phone; the numbers of the answer stand in it or in its words."""
    program = """import { problem } from "./practice/problems.js";
        import { picture } from "./practice/picture.js";
        const output = (all) => all.map((which) => [picture(problem(...which)), problem(...which).answer]);"""
    asked = [(kind, seed, level) for kind, level in KINDS_AND_LEVELS for seed in range(40)]
    for (kind, seed, level), (drawn, answer) in zip(asked, javascript.run(program, asked), strict=True):
        svg = ElementTree.fromstring(drawn)
        texts = [text.text or "" for text in svg.iter("text")]
        numbers = re.findall(r"−?\d[\d,]*", " ".join(texts))
        wanted = [f"{value:,}".replace("-", "−") for value in (answer if isinstance(answer, list) else [answer])]
        assert not Counter(wanted) - Counter(numbers), (kind, seed, level, texts)
        boxes = list(svg.iter("rect"))
        for box in boxes:
            moved = re.search(r"translate\(([\d.]+)px", box.get("style", ""))
            left = float(box.get("x") or (moved[1] if moved else 0))
            assert -2 <= left <= left + float(box.get("width")) <= 338.01, (kind, seed, level)
        if kind == "receptive_field" and level == 1:
            lowest = max(float(box.get("y")) for box in boxes)
            assert sum(float(box.get("y")) == lowest for box in boxes) == answer


def test_the_picture_of_a_wrong_answer_marks_it_and_keeps_the_right_one():
    program = """import { problem } from "./practice/problems.js";
        import { picture } from "./practice/picture.js";
        const output = (all) => all.map(([kind, seed, level, given]) => {
            const drawn = problem(kind, seed, level);
            return picture(drawn, given) + picture(drawn, [...given, 99]);
        });"""
    asked, answers = [], []
    for kind, level, seed in itertools.product(("one_dimension", "pooling", "volume_cell"), practice.LEVELS, range(10)):
        answer = practice.problem(kind, seed=seed, level=level).answer
        row = answer if isinstance(answer, tuple) else (answer,)
        asked.append((kind, seed, level, [*row[:-1], row[-1] + 1]))
        answers.append(row)
    for (kind, *_, tried), answer, drawn in zip(asked, answers, javascript.run(program, asked), strict=True):
        if kind == "volume_cell":
            assert "together ?" in drawn
            assert re.search(r"(sum|together) −?\d", drawn) is None
            continue
        svg = ElementTree.fromstring(drawn)  # one of another length has no place in the picture
        outputs = [text.text for text in svg.iter("text") if text.text][-len(answer) - ("bias" in drawn) :]
        assert outputs[len(answer) - 1] == str(tried[-1]).replace("-", "−"), kind
        assert drawn.count("--fig-red)") == 1


def test_where_the_picture_would_tell_a_wrong_answer_gets_how_it_begins():
    program = """import { problem } from "./practice/problems.js";
        import { picture } from "./practice/picture.js";
        const output = (all) => all.map(([kind, seed, level, given]) => {
            const drawn = problem(kind, seed, level);
            return [drawn.numbers, picture(drawn, given)];
        });"""
    kinds = ("output_size", "transposed_convolution", "parameters", "receptive_field", "padding_for_size")
    asked = []
    for kind, level, seed in itertools.product(kinds, practice.LEVELS, range(10)):
        asked.append((kind, seed, level, [practice.problem(kind, seed=seed, level=level).answer + 1]))
    for (kind, *_, (tried,)), (numbers, drawn) in zip(asked, javascript.run(program, asked), strict=True):
        said = " ".join(text.text or "" for text in ElementTree.fromstring(drawn).iter("text"))
        brackets = drawn.count("<path")
        if kind == "padding_for_size":  # what the padding that was tried makes of the row
            zeros = f"{tried} {'zero' if tried == 1 else 'zeros'} on each side"
            options = {name: numbers.get(name, 1) for name in ("stride", "dilation")}
            size = shapes.output_size(numbers["n"], numbers["kernel_size"], padding=tried, **options)
            assert zeros in said
            assert f": {size} window" in said
        elif kind == "parameters":
            assert "one of" in said
            assert "=" not in said
        elif kind == "receptive_field":
            count = len(numbers["layers"])
            assert re.findall(r"after layer \d|input", said) == [f"after layer {count}", f"after layer {count - 1}"]
        else:
            places = numbers["n"] if kind == "transposed_convolution" else tried - 1
            assert brackets == max(1, min(3, places - 1)), (kind, numbers)
            assert "begin" in said
            assert "left over" not in said
    drawn = javascript.run(program, [("padding_for_size", 0, 1, [99]), ("padding_for_size", 0, 1, [-1])])
    assert [picture for _, picture in drawn] == ["", ""]


def test_no_typed_text_takes_long_to_read():
    """A hundred thousand characters of every few that a pattern may try in more than one way."""
    program = """import { judge } from "./answers.js";
        import { check } from "./practice/judge.js";
        const row = { answer: [1, 2], mistakes: new Map() };
        const words = Object.fromEntries(
            ["row", "number", "small", "large", "some", "length"].map((name) => [name, "{count}"]));
        const number = { answer: 1, wrong: [], tolerance: 0, unit: "cells" };
        const readers = {
            check: (text) => check({ ...row, answer: 1 }, text, words).right,
            row: (text) => check(row, text, words).right,
            number: (text) => judge.number(number, text).problem, shape: (text) => judge.shape(row, text).problem,
        };
        const output = (texts) => Object.entries(readers).map(([name, read]) => [name, texts.flatMap((text) => {
            const start = performance.now();
            const said = read("0" + text.repeat(100_000 / text.length) + "a");
            return performance.now() - start < 1000 ? [said] : [[text, performance.now() - start]];
        })]);"""
    texts = ["0", "1", " ", ",", ".", "-", "(", ")", "]", "x", "1,", "1 ", ", ", "1.", "1e", " x ", ",000", " 000"]
    long = "Your answer has {} characters. Write 200 at most."
    for name, said in javascript.run(program, texts):
        expected = [long.format(len(text) * (100_000 // len(text)) + 2) for text in texts]
        assert said == ([None] * len(texts) if name in ("check", "row") else expected), name


@pytest.mark.parametrize("position", range(len(TYPED)), ids=lambda position: repr(TYPED[position][0]))
def test_typed_answers_are_read(position, browser):
    _, problem, value = TYPED[position]
    theirs = browser["checked"][position]
    if value is None:
        assert theirs == {"sentence": TEXTS["feedback"]["row" if isinstance(problem.answer, tuple) else "number"]}
    else:
        ours = practice.check(problem, value)
        assert (theirs["right"], theirs["sentence"], theirs.get("page", "")) == (ours.right, ours.sentence, ours.page)
        name = ours.mistake.name if ours.mistake else None if ours.right else "other"
        assert theirs.get("mistake") == name


@pytest.mark.parametrize(("word", "digest"), [("a", 0xE40C292C), ("b", 0xE70C2DE5), ("foobar", 0xBF9CF968)])
def test_words_are_hashed_as_fnv_1a_does(word, digest):
    """The values that the authors of the hash publish."""
    assert Draws(word)._state == digest


def test_no_number_is_more_likely_than_another():
    draws = Draws("evenly")
    counts = Counter(draws.below(6) for _ in range(60_000))
    assert sorted(counts) == list(range(6))
    # Six standard deviations of a binomial count.
    assert all(abs(count - 10_000) < 6 * (60_000 * 5 / 36) ** 0.5 for count in counts.values())


def test_words_beyond_the_last_complete_round_are_drawn_again(monkeypatch):
    words = iter([2**32 - 1, 2**32 - 2**32 % 7, 2**32 - 2**32 % 7 - 1])
    monkeypatch.setattr(Draws, "word", lambda self: next(words))
    assert Draws("round").below(7) == 6
    assert list(words) == []


@given(st.integers(-50, 50), st.integers(0, 100), st.integers(0, 2**32 - 1))
def test_draws_stay_between(low, more, seed):
    assert low <= Draws("between", seed).between(low, low + more) <= low + more


# --- the answers, by counting ---


def first(pattern, text, otherwise=None):
    """The number behind a word of a question."""
    match = re.search(pattern, text)
    return int(match[1].replace("−", "-")) if match else otherwise


def positions(n, kernel, stride=1, padding=0, dilation=1):
    """Count the places of a kernel by trying each."""
    row = range(-padding, n + padding)
    starts = itertools.count(-padding, stride)
    return sum(1 for _ in itertools.takewhile(lambda start: start + (kernel - 1) * dilation in row, starts))


def options(question):
    """The options of the first layer that a question speaks of."""
    return {
        "kernel": first(r"kernel (\d+)", question),
        "stride": first(r"stride (\d+)", question, 1),
        "padding": first(r"(?<!output )padding (\d+)", question, 0),
        "dilation": first(r"dilation (\d+)", question, 1),
    }


def cells(question):
    return first(r"(?:row|image|map) of (\d+)", question)


def grids(question):
    """The grids of a question, by caption, as lists of rows."""
    return {
        block[1]: [[int(cell.replace("−", "-")) for cell in row] for row in block[2]]
        for block in blocks(question)
        if block[0] == "grid"
    }


def solve_output_size(question):
    if '"same"' in question:
        return len(range(0, cells(question), options(question)["stride"]))
    size = positions(cells(question), **options(question))
    return len(range(0, size - 1, 2)) if "max pooling" in question else size


def solve_padding_for_size(question):
    n = cells(question)
    size = first(r"cells into (\d+)", question, n)
    return next(p for p in range(100) if positions(n, **options(question) | {"padding": p}) == size)


def solve_parameters(question):
    """Make the arrays of weights and biases, and count their elements."""
    channels = first(r"with (\d+) channels", question)
    kernel = first(r"filters of (\d+)×", question)
    filters = [int(count) for count in re.findall(r"(\d+) (?:and then (?:\d+) )?filters", question)]
    bias = 0 if "use_bias=False" in question else 1
    if "two convolutions" in question:
        one, two = map(int, re.search(r"of (\d+) and then (\d+) filters", question).groups())
        return sum(np.zeros((kernel, kernel, deep, f)).size + f for deep, f in ((channels, one), (one, two)))
    total, inputs = 0, None
    if "convolution" in question:
        height, width = first(r"height (\d+)", question, kernel), first(r"width (\d+)", question, kernel)
        part = channels // first(r"groups=(\d+)", question, 1)
        total += np.zeros((height, width, part, filters[0])).size + bias * filters[0]
        side = cells(question)
        inputs = np.zeros((side, side, filters[0]))[::2, ::2].size if "max pooling" in question else None
    else:
        inputs = np.prod(list(map(int, re.search(r"(\d+)×(\d+)×(\d+)", question).groups())))
    if "dense" in question:
        units = first(r"(\d+) units", question)
        total += np.zeros((inputs, units)).size + units
    return total


def solve_receptive_field(question):
    """Collect the input cells that one cell depends on, layer by layer from the last."""
    ((_, layers),) = [block for block in blocks(question) if block[0] == "list"]
    seen = {0}
    for layer in reversed(layers):
        chosen = options(layer)
        taps = [tap * chosen["dilation"] for tap in range(chosen["kernel"])]
        seen = {cell * chosen["stride"] + tap for cell in seen for tap in taps}
    span = max(seen) - min(seen) + 1
    assert "dilation" in question or span == len(seen)
    return span


def solve_volume_cell(question):
    planes = grids(question)
    total = first(r"bias (−?\d+)", question)
    stride, padding = first(r"stride (\d+)", question, 1), first(r"padding (\d+)", question, 0)
    row, column = first(r"row (\d+)", question, 0), first(r"column (\d+)", question, 0)
    depth = first(r"(\d+) channels", question)
    for channel in range(1, depth + 1):
        x, w = planes[f"Input, channel {channel}"], planes[f"Filter, channel {channel}"]
        for i, j in itertools.product(range(len(w)), repeat=2):
            y, z = row * stride - padding + i, column * stride - padding + j
            if 0 <= y < len(x) and 0 <= z < len(x):
                total += w[i][j] * x[y][z]
    return total


def solve_one_dimension(question):
    (x,), (w,) = grids(question).values()
    layer = options(question) | {"kernel": len(w)}
    bias = first(r"bias (−?\d+)", question, 0)
    answer = []
    for place in range(positions(len(x), **layer)):
        reads = [place * layer["stride"] - layer["padding"] + tap * layer["dilation"] for tap in range(len(w))]
        answer.append(bias + sum(w[tap] * x[cell] for tap, cell in enumerate(reads) if 0 <= cell < len(x)))
    return tuple(answer)


def solve_pooling(question):
    (x,) = grids(question).values()
    kernel, stride = first(r"window (\d+)", question), options(question)["stride"]
    if '"same"' in question:
        starts = [range(0, len(x), stride), range(0, len(x[0]), stride)]
    else:
        starts = [range(0, n - kernel + 1, stride) for n in (len(x), len(x[0]))]
    answer = []
    for i, j in itertools.product(*starts):
        window = [cell for row in x[i : i + kernel] for cell in row[j : j + kernel]]
        answer.append(sum(window) / len(window) if "Average" in question else max(window))
    return tuple(answer)


def solve_transposed_convolution(question):
    """Lay down the copies of the kernel and look how far they reach; then convolve back."""
    n, layer = cells(question), options(question)
    stride, padding = layer["stride"], layer["padding"]
    if '"same"' in question:
        return next(size for size in range(0, n * 8, stride) if len(range(0, size, stride)) == n)
    reach = {copy * stride + tap * layer["dilation"] for copy in range(n) for tap in range(layer["kernel"])}
    size = len(range(max(reach) + 1)[padding:]) - padding + first(r"output padding (\d+)", question, 0)
    assert positions(size, **layer) == n
    return size


@pytest.mark.slow
@every_kind_and_level
def test_the_question_has_the_answer(kind, level):
    solve = globals()[f"solve_{kind}"]
    for problem in drawn(kind, level):
        assert solve(problem.question) == problem.answer, problem.question


# --- what belongs to a problem ---


@given(PROBLEMS)
def test_a_problem_is_complete(problem):
    sentences = [mistake.sentence for mistake in problem.mistakes.values()]
    for text in (problem.question, *problem.hints, *problem.solution, *sentences):
        assert text == text.strip()
        assert not re.search(r"[{}]|None|\[|  \S.* {3}|-\d", text), text
    assert len(problem.hints) == 2
    assert np.any(problem.answer)
    # The solution ends with the answer; a row has a step for each of its numbers.
    if isinstance(problem.answer, tuple):
        assert len(problem.answer) >= 2
        steps = problem.solution[-len(problem.answer) :]
        assert [step.rstrip(".").split()[-1] for step in steps] == [shown(value) for value in problem.answer]
    else:
        assert problem.answer > 0 or problem.kind == "volume_cell"
        # The last step of a stack names the field before the jump.
        step = problem.solution[-1].split(". Then")[0]
        assert shown(problem.answer) in re.findall(r"−?\d[\d,]*", step.replace(", for", " for"))


@given(PROBLEMS, st.integers(-999, 99_999))
def test_an_answer_is_right_a_mistake_or_another_number(problem, number):
    feedback = practice.check(problem, problem.answer)
    assert (feedback.right, feedback.sentence, feedback.page) == (True, f"Right: {shown(problem.answer)}.", "")
    assert practice.check(problem.kind, np.array(problem.answer).tolist(), seed=problem.seed, level=problem.level)

    assert problem.answer not in problem.mistakes
    assert {type(value) for value in problem.mistakes} == {type(problem.answer)}
    for value, mistake in problem.mistakes.items():
        assert practice.check(problem, value) == mistake.feedback()

    answer = number if isinstance(problem.answer, int) else (number,) * len(problem.answer)
    if answer != problem.answer:
        feedback = practice.check(problem, answer)
        assert not feedback
        assert feedback.page in TEXTS["pages"]
        assert feedback.sentence


@given(PROBLEMS)
def test_the_same_seed_gives_the_same_problem(problem):
    again = practice.problem(problem.kind, seed=problem.seed, level=problem.level)
    assert again == problem
    assert hash(again) == hash(problem)


@every_kind_and_level
def test_seeds_give_many_problems_with_mistakes_to_recognise(kind, level):
    assert len({problem.question for problem in drawn(kind, level)}) > 2 * sheet.MOST
    assert min(len(problem.mistakes) for problem in drawn(kind, level)) >= 2


def test_every_text_is_used():
    """Every variant and every mistake turns up: no text is dead."""
    problems = [problem for kind, level in KINDS_AND_LEVELS for problem in drawn(kind, level)]
    assert {mistake.name for problem in problems for mistake in problem.mistakes.values()} == PRACTISED
    questions = {(problem.kind, without_numbers(problem.question.split("\n")[0])) for problem in problems}
    assert questions == {
        (kind, without_numbers(variant["question"][0]))
        for kind, texts in TEXTS["kinds"].items()
        for variant in texts["variants"].values()
    }


def without_numbers(text):
    """A text without its numbers and the places for them."""
    return re.sub(r"\{\w+\}|−?\d+(,\d{3})*", "#", text)


def test_pages_exist_under_their_titles():
    taught = {MISTAKES[name].page for name in PRACTISED} | {texts["page"] for texts in TEXTS["kinds"].values()}
    assert taught == set(TEXTS["pages"])
    for page, title in TEXTS["pages"].items():
        assert re.search(r"^# (.*)$", (BOOK / f"{page}.md").read_text("utf-8"), re.M)[1] == title


# --- examples of the usual mistakes, worked out here by hand ---


@pytest.mark.parametrize(
    ("kind", "level", "name", "wrong"),
    [
        ("output_size", 2, "rounded-up", lambda n: -(-n["room"] // n["stride"]) + 1),
        ("output_size", 2, "padding-once", lambda n: (n["room"] - n["padding"]) // n["stride"] + 1),
        ("output_size", 3, "dilation-forgotten", lambda n: (n["padded"] - n["kernel_size"]) // n["stride"] + 1),
        ("output_size", 3, "dilation-skips-d", lambda n: (n["room"] + 1 - n["kernel_size"]) // n["stride"] + 1),
        ("parameters", 1, "bias-forgotten", lambda n: n["weights"] * n["filters"]),
        ("parameters", 1, "one-channel", lambda n: (n["kernel_size"] ** 2 + 1) * n["filters"]),
        ("parameters", 1, "one-bias-per-channel", lambda n: n["answer"] + (n["channels"] - 1) * n["filters"]),
        ("parameters", 1, "one-filter", lambda n: n["each"]),
        ("parameters", 1, "one-filter-bare", lambda n: n["answer"] // n["filters"] - 1),
        ("parameters", 1, "one-bias-per-input", lambda n: n["weights"] * n["filters"] + n["channels"]),
        ("parameters", 2, "one-filter", lambda n: n["flat"] + 1 if "flat" in n
         else n["height"] * n["width"] * n["channels"]),
        ("parameters", 3, "one-bias-per-layer", lambda n: n["answer"] - (
            n["filters"] - 1 if "groups" in n else n["filters"] + n["units"] - 2 if "flat" in n
            else n["first"] + n["second"] - 2)),
        ("parameters", 3, "dense-forgotten", lambda n: (n["kernel_size"] ** 2 * n["channels"] + 1) * n["filters"]),
        ("parameters", 3, "second-layer-forgotten", lambda n: (n["kernel_size"] ** 2 * n["channels"] + 1) * n["first"]),
        ("parameters", 3, "last-layer-only", lambda n: (n["flat"] + 1) * n["units"] if "flat" in n
         else (n["kernel_size"] ** 2 * n["first"] + 1) * n["second"]),
        ("padding_for_size", 2, "padding-total", lambda n: 2 * n["answer"]),
        ("transposed_convolution", 2, "cut-forgotten", lambda n: n["answer"] + 2 * n["padding"]),
        ("transposed_convolution", 3, "cut-added", lambda n: n["answer"] + 4 * n["padding"]),
        ("volume_cell", 2, "bias-forgotten", lambda n: n["answer"] - n["bias"]),
        ("volume_cell", 2, "one-bias-per-channel", lambda n: n["answer"] + 2 * n["bias"]),
        ("one_dimension", 3, "bias-forgotten", lambda n: tuple(value - n["bias"] for value in n["answer"])),
        ("pooling", 3, "padding-wins", lambda n: (n["answer"][0], 0, 0, 0)),
    ],
)  # fmt: skip
def test_usual_mistakes(kind, level, name, wrong):
    answers = [
        (value, wrong(problem.numbers))
        for problem in drawn(kind, level)
        for value, mistake in problem.mistakes.items()
        if mistake.name == name
    ]
    assert len(answers) > 4
    assert all(value == by_hand for value, by_hand in answers)


def test_a_flipped_kernel_is_recognised():
    for problem in drawn("one_dimension", 1)[:50]:
        (x,), (w,) = grids(problem.question).values()
        wrong = tuple(np.convolve(x, w, mode="valid").tolist())  # NumPy's convolution flips the kernel
        assert practice.check(problem, wrong).mistake.name == "flipped-kernel"


def test_what_padding_does_the_other_way_round_is_taught_with_the_transposed_convolution():
    """The page on padding teaches what it does to a convolution."""
    problems = drawn("transposed_convolution", 2) + drawn("transposed_convolution", 3)
    names = {mistake.name for problem in problems for mistake in problem.mistakes.values()}
    assert {"cut-forgotten", "cut-added", "padding-once", "output-padding-forgotten"} <= names
    assert not {"padding-forgotten", "padding-unwanted"} & names


# --- check ---


def test_a_map_may_be_an_array():
    problem = practice.problem("pooling", seed=3)
    assert practice.check(problem, np.array(problem.answer).reshape(2, 2))
    assert practice.check(problem, [list(problem.answer[:2]), list(problem.answer[2:])])


def test_a_row_of_another_length_is_told_so():
    assert practice.check(ROW, (1, 2)).sentence == (
        "The output has more or fewer numbers than your answer, which has 2. Work out how many first."
    )


@pytest.mark.parametrize(
    ("function", "arguments", "options", "words"),
    [
        *((practice.check, (NUMBER, answer), {}, "the answer to this problem is one whole number, as an int; got ")
          for answer in (22.0, "22", (22,), True, None)),
        *((practice.check, (ROW, answer), {}, "is a row of whole numbers, such as (1, 0, -2); got ")
          for answer in (5, [1.0, 2.0], "1, 2", [[1, 2], [3]], ())),
        (practice.problem, ("output-size",), {"seed": 1}, "unknown kind of problem 'output-size'; choose from output_"),
        (practice.check, ("pool", 4), {"seed": 1}, "unknown kind of problem 'pool'"),
        *((practice.problem, ("pooling",), {"seed": 1, "level": level}, f"the level must be 1, 2 or 3; got {level!r}")
          for level in (4, "2", True)),
        *((practice.problem, ("pooling",), {"seed": seed}, f"a whole number from 0 to 4,294,967,295; got {seed}")
          for seed in (7.0, -1, 2**32, None)),
        (practice.check, ("pooling", (1, 2, 3, 4)), {}, "the seed must be a whole number"),
        (sheet.problems, (7,), {"count": 0}, "a sheet has 1 to 40 problems; got 0"),
        (sheet.problems, (7,), {"count": 41}, "a sheet has 1 to 40 problems; got 41"),
        (sheet.problems, (-7,), {}, "the seed must be"),
        (sheet.problems, (7,), {"level": 4}, "the level must be"),
        *((sheet.problems, (7,), {"kinds": kinds}, "kinds must be a list with one or more of output_size, ")
          for kinds in (["pool"], "pooling", [])),
    ],
)  # fmt: skip
def test_what_is_no_problem_is_refused_with_a_sentence(function, arguments, options, words):
    with pytest.raises(practice.PracticeError, match=re.escape(words)) as refused:
        function(*arguments, **options)
    assert "\n" not in str(refused.value)


# --- the sheet and the command ---


@pytest.mark.parametrize("seed", range(20))
def test_a_sheet_has_every_kind_and_rising_levels(seed):
    problems = sheet.problems(seed, count=16)
    assert Counter(problem.kind for problem in problems) == dict.fromkeys(practice.KINDS, 2)
    assert {problem.kind for problem in problems[:8]} == set(practice.KINDS)
    assert [problem.level for problem in problems] == sorted(problem.level for problem in problems)
    assert {problem.level for problem in problems} == {1, 2, 3}
    alike = sheet.problems(seed, count=40, level=1, kinds=["output_size"])
    assert len({problem.question for problem in alike}) == 40


def test_a_sheet_looks_for_another_question_as_long_as_it_takes(monkeypatch):
    """However often the draws come back to the one question that was asked already."""
    first_problem, *others = [practice.problem("pooling", seed=seed) for seed in (1, 2, 3)]
    drawn = iter([first_problem] * 101 + others)
    monkeypatch.setattr(sheet, "problem", lambda *arguments, **options: next(drawn))
    assert sheet.problems(7, count=3) == [first_problem, *others]


def test_sheets_differ():
    orders = {tuple(problem.question for problem in sheet.problems(seed, count=3)) for seed in range(50)}
    assert len(orders) == 50


def page_text(path):
    return BeautifulSoup(path.read_text("utf-8"), "html.parser").get_text("\n")


def letters(text):
    """A text without white space, backticks and the numbers of a list, which markup holds in another way."""
    return re.sub(r"[\s`]|^\d+\. (?=conv|max)", "", text, flags=re.M)


def test_a_printed_sheet_has_all_questions_and_no_answer(tmp_path):
    (path,) = sheet.write(tmp_path / "new", seed=7, count=16, solutions=False)
    text = page_text(path)
    for number, problem in enumerate(sheet.problems(7, count=16), 1):
        assert f"{number}. {problem.title} (level {problem.level})" in text
        assert letters(problem.question) in letters(text)
        assert not any(letters(step) in letters(text) for step in problem.solution)
    assert text.count("Answer:") == 16
    html = path.read_text("utf-8")
    assert "size: A4" in html
    assert "noindex" not in html
    assert not re.search(r"https?:|src=|<link(?! rel=\"icon\" href=\"data:)|<script|@import|url\(", html)


def test_the_key_has_solutions_answers_and_mistakes(tmp_path):
    _, path = sheet.write(tmp_path, seed=7, count=16, level=3, kinds=["pooling", "parameters"])
    assert '<meta name="robots" content="noindex">' in path.read_text("utf-8")
    text = letters(page_text(path))
    for problem in sheet.problems(7, count=16, level=3, kinds=["pooling", "parameters"]):
        assert all(letters(step) in text for step in problem.solution)
        assert letters(f"Answer: {shown(problem.answer)}") in text
        for value, mistake in problem.mistakes.items():
            assert letters(f"{shown(value)}: {mistake.sentence} {TEXTS['pages'][mistake.page]}") in text
    assert letters("practice.html#seed=7&count=16&level=3&kinds=parameters,pooling") in text


def test_no_sheet_takes_the_place_of_another(tmp_path):
    sheets = {
        "practice-7": {},
        "practice-7-count-11": {"count": 11},
        "practice-7-level-1": {"level": 1},
        "practice-7-pooling": {"kinds": ["pooling"]},
        "practice-7-parameters-pooling": {"kinds": ["pooling", "parameters"]},
        "practice-7-count-16-level-2-pooling": {"count": 16, "level": 2, "kinds": ["pooling"]},
    }
    for name, options in sheets.items():
        paths = sheet.write(tmp_path, seed=7, **options)
        assert [path.name for path in paths] == [f"{name}.html", f"{name}-answers.html"]
    assert len(list(tmp_path.iterdir())) == 2 * len(sheets)
    # In whatever order the kinds are named, it is the same sheet.
    assert sheet.write(tmp_path, seed=7, kinds=["parameters", "pooling"])[0].stem == "practice-7-parameters-pooling"
    assert sheet.write(tmp_path, seed=7, kinds=practice.KINDS[::-1])[0].stem == "practice-7"


def test_a_sheet_that_cannot_be_written_leaves_the_older_one(tmp_path, monkeypatch):
    (path,) = sheet.write(tmp_path, seed=7, solutions=False)
    before = path.read_bytes()

    def full(*arguments):
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        sheet.write(tmp_path, seed=7, solutions=False)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_command_writes_the_sheet_and_the_key_when_asked(tmp_path, capsys):
    name = "practice-7-count-4-level-2-pooling"
    arguments = f"practice --seed 7 --count 4 --level 2 --kind pooling --folder {tmp_path}".split()
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path / name}.html\n"
    assert page_text(tmp_path / f"{name}.html").count("Pooling by hand (level 2)") == 4
    assert main([*arguments, "--solutions"]) == 0
    assert capsys.readouterr().out.count("wrote") == 2
    assert sorted(path.stem for path in tmp_path.iterdir()) == [name, f"{name}-answers"]


def test_command_draws_a_seed_where_none_is_given(tmp_path, capsys):
    for _ in range(3):
        main(["practice", "--folder", str(tmp_path)])
    assert len(set(capsys.readouterr().out.splitlines())) > 1


def test_command_refuses_with_a_sentence(tmp_path, capsys):
    assert main(["practice", "--count", "99", "--folder", str(tmp_path)]) == 1
    assert "a sheet has 1 to 40 problems; got 99" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# --- the script ---


def test_the_script_asks_for_nothing():
    script = javascript.bundle("practice.js", "--target=es2020").decode()
    for word in ("fetch(", "XMLHttpRequest", "http://", "https://", "import(", "innerHTML"):
        assert word not in script

"""Practice problems: the browser's are those of Python, and a reader's own way through the question gives the answer.

The solvers below know nothing but the text of a question. They count by hand, position by position, and share no
formula with the module.
"""

import argparse
import gzip
import itertools
import json
import os
import re
import subprocess
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnbook import practice
from cnnbook.practice import command, sheet
from cnnbook.practice.draws import Draws
from cnnbook.practice.texts import MISTAKES, TEXTS, blocks, shown
from pages import BOOK

# One Node.js draws the problems for all tests here.
pytestmark = pytest.mark.xdist_group("practice")

SCRIPTS = BOOK / "assets" / "scripts"
ESBUILD = BOOK.parent / "node_modules" / ".bin" / "esbuild"
SEEDS = [*range(990), *(2**32 - 1 - 7**power for power in range(10))]
PROBLEMS = st.builds(
    practice.problem,
    st.sampled_from(practice.KINDS),
    seed=st.integers(0, 2**32 - 1),
    level=st.sampled_from(practice.LEVELS),
)

RUNNER = """
import { check } from "./practice/judge.js";
import { problem, sheet } from "./practice/problems.js";
import { readFileSync } from "node:fs";
const asked = JSON.parse(readFileSync(0, "utf8"));
const plain = (one) => ({ ...one, mistakes: [...one.mistakes] });
const drawn = {};
for (const kind of asked.kinds)
  for (const level of asked.levels)
    drawn[`${kind}/${level}`] = asked.seeds.map((seed) => plain(problem(kind, seed, level)));
const sheets = asked.sheets.map((options) => sheet(...options).map(plain));
const checked = asked.typed.map(([kind, seed, level, typed]) => check(problem(kind, seed, level), typed));
process.stdout.write(JSON.stringify({ drawn, sheets, checked }));
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


def number_problem(kind="output_size", level=1, seed=4):
    return practice.problem(kind, seed=seed, level=level)


NUMBER, ROW = number_problem(), number_problem("one_dimension", seed=0)
LARGE = next(one for seed in range(99) if (one := number_problem("parameters", 3, seed)).answer > 9999)

TYPED = [
    # What is typed, the problem, and what it is read as; None is not readable.
    (f" {NUMBER.answer} ", NUMBER, NUMBER.answer),
    (f"+{NUMBER.answer}", NUMBER, NUMBER.answer),
    (f"{LARGE.answer:,}", LARGE, LARGE.answer),
    (f"{LARGE.answer:,}".replace(",", " "), LARGE, LARGE.answer),
    (f"{LARGE.answer:,}".replace(",", "’"), LARGE, LARGE.answer),
    ("-5", NUMBER, -5),
    ("−5", NUMBER, -5),
    ("99999", NUMBER, 99999),
    ("", NUMBER, None),
    ("16.0", NUMBER, None),
    ("1,72", NUMBER, None),
    ("sixteen", NUMBER, None),
    ("16 cells", NUMBER, None),
    (", ".join(map(str, ROW.answer)), ROW, ROW.answer),
    ("[" + " ".join(map(str, ROW.answer)) + "]", ROW, ROW.answer),
    ("(" + "; ".join(map(str, ROW.answer)).replace("-", "−") + " )", ROW, ROW.answer),
    ("1, 2", ROW, (1, 2)),
    ("9 9 9 9", ROW, (9, 9, 9, 9)),
    ("", ROW, None),
    ("1, two", ROW, None),
    ("1, 2.5", ROW, None),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """What the browser's module draws and says, run by Node.js."""
    bundled = bundle("--platform=node", "--format=esm", text=RUNNER)
    program = tmp_path_factory.mktemp("practice") / "runner.mjs"
    program.write_bytes(bundled)
    typed = [(problem.kind, problem.seed, problem.level, text) for text, problem, _ in TYPED]
    asked = {"kinds": practice.KINDS, "levels": practice.LEVELS, "seeds": SEEDS, "sheets": SHEETS, "typed": typed}
    done = subprocess.run(["node", program], input=json.dumps(asked).encode(), capture_output=True, check=True)
    return json.loads(done.stdout)


def bundle(*options, text=None, name=None):
    """Join browser modules with esbuild, from a text or a file."""
    assert ESBUILD.is_file(), "esbuild is not installed: run `make book` first (`make test` does)"
    source = [] if name is None else [name]
    command = [ESBUILD, *source, "--bundle", "--charset=utf8", "--log-level=error", *options]
    stdin = None if text is None else text.encode()
    return subprocess.run(command, input=stdin, capture_output=True, check=True, cwd=SCRIPTS).stdout


def as_in_the_browser(problem):
    """A problem in the form in which the runner gives it."""
    names = ("level", "title", "page", "question", "hints", "solution", "answer")
    plain = json.loads(json.dumps({name: getattr(problem, name) for name in names}))
    return plain | {"mistakes": [[written(value), list(mistake)] for value, mistake in problem.mistakes.items()]}


def written(value):
    """An answer as JavaScript makes a key of it."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


# --- the same problems on both sides ---


@pytest.mark.slow
@pytest.mark.parametrize("level", practice.LEVELS)
@pytest.mark.parametrize("kind", practice.KINDS)
def test_python_and_the_browser_draw_the_same_problems(kind, level, browser):
    theirs = browser["drawn"][f"{kind}/{level}"]
    assert len(theirs) == len(SEEDS) == 1000
    for seed, one in zip(SEEDS, theirs, strict=True):
        assert as_in_the_browser(practice.problem(kind, seed=seed, level=level)) == one


@pytest.mark.parametrize("position", range(len(SHEETS)), ids=lambda position: "-".join(map(str, SHEETS[position][:3])))
def test_python_and_the_browser_make_the_same_sheets(position, browser):
    seed, count, level, kinds = SHEETS[position]
    ours = sheet.problems(seed, count=count, level=level, kinds=kinds)
    assert [as_in_the_browser(one) for one in ours] == browser["sheets"][position]


@pytest.mark.parametrize("position", range(len(TYPED)), ids=lambda position: repr(TYPED[position][0]))
def test_typed_answers_are_read(position, browser):
    _, problem, read = TYPED[position]
    theirs = browser["checked"][position]
    if read is None:
        said = TEXTS["feedback"]
        assert theirs == {"message": said["row" if isinstance(problem.answer, tuple) else "number"]}
    else:
        ours = practice.check(problem, read)
        assert (theirs["right"], theirs["message"], theirs.get("page")) == ours


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
    found = re.search(pattern, text)
    return int(found[1]) if found else otherwise


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
    chosen = {**options(question)}
    n = first(r"(?:row|image) of (\d+)", question)
    size = first(r"make (\d+) cells", question, n)
    for padding in range(100):
        if positions(n, **chosen | {"padding": padding}) == size:
            return padding
    return None


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
        of = options(layer)
        seen = {cell * of["stride"] + tap * of["dilation"] for cell in seen for tap in range(of["kernel"])}
    span = max(seen) - min(seen) + 1
    assert "dilation" in question or span == len(seen)
    return span


def solve_volume_cell(question):
    found = grids(question)
    total = int(re.search(r"bias (−?\d+)", question)[1].replace("−", "-"))
    stride, padding = first(r"stride (\d+)", question, 1), first(r"padding (\d+)", question, 0)
    row, column = first(r"row (\d+)", question, 0), first(r"column (\d+)", question, 0)
    depth = first(r"(\d+) channels", question)
    for channel in range(1, depth + 1):
        x, w = found[f"Input, channel {channel}"], found[f"Filter, channel {channel}"]
        for i, j in itertools.product(range(len(w)), repeat=2):
            y, z = row * stride - padding + i, column * stride - padding + j
            if 0 <= y < len(x) and 0 <= z < len(x):
                total += w[i][j] * x[y][z]
    return total


def solve_one_dimension(question):
    found, of = grids(question), options(question)
    (x,), (w,) = found["Row"], found["Kernel"]
    bias = int(re.search(r"bias (−?\d+)", question)[1].replace("−", "-")) if "no bias" not in question else 0
    answer = []
    for place in range(positions(len(x), len(w), of["stride"], of["padding"], of["dilation"])):
        reads = [place * of["stride"] - of["padding"] + tap * of["dilation"] for tap in range(len(w))]
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
    n, of = cells(question), options(question)
    if '"same"' in question:
        (size,) = [size for size in range(n * 8) if len(range(0, size, of["stride"])) == n and size % of["stride"] == 0]
        return size
    reach = {copy * of["stride"] + tap * of["dilation"] for copy in range(n) for tap in range(of["kernel"])}
    size = len(range(max(reach) + 1)[of["padding"] :]) - of["padding"] + first(r"output padding (\d+)", question, 0)
    assert positions(size, **of) == n
    return size


SOLVERS = {
    "output_size": solve_output_size,
    "padding_for_size": solve_padding_for_size,
    "parameters": solve_parameters,
    "receptive_field": solve_receptive_field,
    "volume_cell": solve_volume_cell,
    "one_dimension": solve_one_dimension,
    "pooling": solve_pooling,
    "transposed_convolution": solve_transposed_convolution,
}


@pytest.mark.slow
@pytest.mark.parametrize("level", practice.LEVELS)
@pytest.mark.parametrize("kind", practice.KINDS)
def test_the_question_has_the_answer(kind, level):
    for seed in range(1000):
        problem = practice.problem(kind, seed=seed, level=level)
        assert SOLVERS[kind](problem.question) == problem.answer, problem.question


# --- what belongs to a problem ---


@given(PROBLEMS)
def test_texts_are_complete(problem):
    sentences = [mistake.sentence for mistake in problem.mistakes.values()]
    for text in (problem.question, *problem.hints, *problem.solution, *sentences):
        assert text == text.strip()
        assert not re.search(r"[{}]|None|\[|  \S.* {3}|-\d", text), text
    assert len(problem.hints) == 2
    assert problem.solution
    # The solution ends with the answer; a row has a step for each of its numbers.
    if isinstance(problem.answer, tuple):
        assert [step.rstrip(".").split()[-1] for step in problem.solution[-len(problem.answer) :]] == [
            shown(value) for value in problem.answer
        ]
    else:
        # The last step of a stack names the field before the jump.
        step = problem.solution[-1].split(". Then")[0]
        assert shown(problem.answer) in re.findall(r"−?\d[\d,]*", step.replace(", for", " for"))


@given(PROBLEMS)
def test_mistakes_can_be_told_from_the_answer(problem):
    assert len(problem.mistakes) >= 2
    assert problem.answer not in problem.mistakes
    assert {type(value) for value in problem.mistakes} == {type(problem.answer)}
    for value, mistake in problem.mistakes.items():
        assert practice.check(problem, value) == (False, mistake.sentence, mistake.page)


@given(PROBLEMS)
def test_no_problem_is_empty(problem):
    assert np.any(problem.answer)
    if isinstance(problem.answer, tuple):
        assert len(problem.answer) >= 2
    elif problem.kind != "volume_cell":
        assert problem.answer > 0


@given(PROBLEMS)
def test_the_same_seed_gives_the_same_problem(problem):
    again = practice.problem(problem.kind, seed=problem.seed, level=problem.level)
    assert again == problem
    assert hash(again) == hash(problem)


@pytest.mark.parametrize("level", practice.LEVELS)
@pytest.mark.parametrize("kind", practice.KINDS)
def test_seeds_give_many_problems(kind, level):
    questions = {practice.problem(kind, seed=seed, level=level).question for seed in range(200)}
    assert len(questions) > 2 * sheet.MOST


def test_every_text_is_used():
    """Every variant and every mistake turns up within some hundred seeds: no text is dead."""
    sentences, shapes_of_questions = set(), Counter()
    for kind, level, seed in itertools.product(practice.KINDS, practice.LEVELS, range(150)):
        problem = practice.problem(kind, seed=seed, level=level)
        sentences |= {(plain(mistake.sentence), mistake.page) for mistake in problem.mistakes.values()}
        shapes_of_questions[kind, plain(problem.question.split("\n")[0])] += 1
    assert {(plain(re.sub(r"\{unit\}", "filter", words)), page) for words, page in MISTAKES.values()} <= sentences
    first_lines = {
        (kind, plain(variant["question"][0]))
        for kind, texts in TEXTS["kinds"].items()
        for variant in texts["variants"].values()
    }
    assert first_lines == set(shapes_of_questions)


def plain(text):
    """A text without its numbers and the places for them."""
    return re.sub(r"\{\w+\}|−?\d+(,\d{3})*", "#", text)


def test_pages_exist_under_their_titles():
    named = {page for _, page in MISTAKES.values()} | {texts["page"] for texts in TEXTS["kinds"].values()}
    assert named == set(TEXTS["pages"])
    for page, title in TEXTS["pages"].items():
        assert re.search(r"^# (.*)$", (BOOK / f"{page}.md").read_text("utf-8"), re.M)[1] == title


# --- examples of the usual mistakes, worked out here by hand ---


@pytest.mark.parametrize(
    ("kind", "level", "words", "wrong"),
    [
        ("output_size", 2, "You rounded up", lambda n: -(-n["room"] // n["stride"]) + 1),
        ("output_size", 2, "You counted the padding once", lambda n: (n["room"] - n["padding"]) // n["stride"] + 1),
        ("output_size", 3, "You left the dilation out", lambda n: (n["padded"] - n["kernel"]) // n["stride"] + 1),
        ("output_size", 3, "You skipped d cells", lambda n: (n["room"] + 1 - n["kernel"]) // n["stride"] + 1),
        ("parameters", 1, "You forgot the biases", lambda n: n["weights"] * n["filters"]),
        ("parameters", 1, "You counted one channel", lambda n: (n["kernel"] ** 2 + 1) * n["filters"]),
        ("parameters", 1, "You counted the bias for each", lambda n: n["answer"] + (n["channels"] - 1) * n["filters"]),
        ("padding_for_size", 2, "You gave the zeros of both sides", lambda n: 2 * n["answer"]),
        ("transposed_convolution", 2, "You left the padding out", lambda n: n["answer"] + 2 * n["padding"]),
        ("transposed_convolution", 3, "You added the padding", lambda n: n["answer"] + 4 * n["padding"]),
        ("volume_cell", 2, "You forgot the bias", lambda n: n["answer"] - n["bias"]),
        ("volume_cell", 2, "You counted the bias for each", lambda n: n["answer"] + 2 * n["bias"]),
        ("one_dimension", 3, "You forgot the bias", lambda n: tuple(value - n["bias"] for value in n["answer"])),
    ],
)  # fmt: skip
def test_usual_mistakes(kind, level, words, wrong):
    met = 0
    for seed in range(300):
        problem = practice.problem(kind, seed=seed, level=level)
        for value, mistake in problem.mistakes.items():
            if mistake.sentence.startswith(words):
                met += 1
                assert value == wrong(problem.numbers)
    assert met > 4


def test_what_padding_does_the_other_way_round_is_taught_with_the_transposed_convolution():
    """The page on padding teaches what it does to a convolution."""
    padded = 0
    for level, seed in itertools.product((2, 3), range(100)):
        mistakes = practice.problem("transposed_convolution", seed=seed, level=level).mistakes.values()
        of_padding = [mistake.page for mistake in mistakes if "padding" in mistake.sentence]
        padded += len(of_padding)
        assert set(of_padding) <= {"arithmetic/output-size"}
    assert padded > 4


def test_a_kernel_turned_around_is_recognised():
    for seed in range(50):
        problem = practice.problem("one_dimension", seed=seed)
        (x,), (w,) = (grids(problem.question)[name] for name in ("Row", "Kernel"))
        flipped = tuple(np.convolve(x, w, mode="valid").tolist())  # NumPy's convolution turns the kernel around
        assert problem.mistakes[flipped].sentence.startswith("You turned the kernel around")


def test_zeros_that_win_the_maximum_are_recognised():
    for seed in range(50):
        problem = practice.problem("pooling", seed=seed, level=3)
        zeros = (problem.answer[0], 0, 0, 0)
        assert problem.mistakes[zeros].sentence.startswith("You let the padding win")


# --- check ---


@given(PROBLEMS)
def test_the_answer_is_right(problem):
    assert practice.check(problem, problem.answer) == (True, f"Right: {shown(problem.answer)}.", None)
    again = practice.check(problem.kind, np.array(problem.answer).tolist(), seed=problem.seed, level=problem.level)
    assert again.right


@given(PROBLEMS, st.integers(-999, 99_999))
def test_no_other_number_is_right(problem, number):
    answer = number if isinstance(problem.answer, int) else (number,) * len(problem.answer)
    assume(answer != problem.answer)
    feedback = practice.check(problem, answer)
    assert not feedback.right
    assert feedback.page in TEXTS["pages"]
    assert feedback.message


def test_a_map_may_be_an_array():
    problem = practice.problem("pooling", seed=3)
    assert practice.check(problem, np.array(problem.answer).reshape(2, 2)).right
    assert practice.check(problem, [list(problem.answer[:2]), list(problem.answer[2:])]).right


def test_a_row_of_another_length_is_told_so():
    assert practice.check(ROW, (1, 2)).message == "The number of outputs is not 2. Work out the size first."


@pytest.mark.parametrize(
    ("problem", "answer", "words"),
    [
        (NUMBER, 22.0, "one whole number, as an int; got 22.0"),
        (NUMBER, "22", "one whole number, as an int; got '22'"),
        (NUMBER, (22,), "one whole number"),
        (NUMBER, True, "one whole number"),
        (NUMBER, None, "one whole number"),
        (ROW, 5, "a row of whole numbers, such as (1, 0, -2); got 5"),
        (ROW, [1.0, 2.0], "a row of whole numbers"),
        (ROW, "1, 2", "a row of whole numbers"),
        (ROW, [[1, 2], [3]], "a row of whole numbers"),
        (ROW, (), "a row of whole numbers"),
    ],
)
def test_an_answer_of_the_wrong_type_is_refused(problem, answer, words):
    with pytest.raises(practice.PracticeError, match=re.escape(words)):
        practice.check(problem, answer)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: practice.problem("output-size", seed=1),
            "no kind of problem 'output-size'; choose from output_size, ",
        ),
        (lambda: practice.problem("pooling", seed=1, level=4), "the level must be 1, 2 or 3; got 4"),
        (lambda: practice.problem("pooling", seed=1, level="2"), "the level must be 1, 2 or 3; got '2'"),
        (lambda: practice.problem("pooling", seed=1, level=True), "the level must be 1, 2 or 3; got True"),
        (
            lambda: practice.problem("pooling", seed=7.0),
            "the seed must be a whole number from 0 to 4,294,967,295; got 7.0",
        ),
        (lambda: practice.problem("pooling", seed=-1), "got -1"),
        (lambda: practice.problem("pooling", seed=2**32), "got 4294967296"),
        (lambda: practice.check("pooling", (1, 2, 3, 4)), "the seed must be a whole number"),
        (lambda: practice.check("pool", 4, seed=1), "no kind of problem 'pool'"),
        (lambda: sheet.problems(7, count=0), "a sheet has 1 to 40 problems; got 0"),
        (lambda: sheet.problems(7, count=41), "a sheet has 1 to 40 problems; got 41"),
        (lambda: sheet.problems(-7), "the seed must be"),
        (lambda: sheet.problems(7, level=4), "the level must be"),
        (lambda: sheet.problems(7, kinds=["pool"]), "kinds must be one or more of output_size, "),
        (lambda: sheet.problems(7, kinds="pooling"), "in a list; got 'pooling'"),
        (lambda: sheet.problems(7, kinds=[]), "kinds must be one or more"),
    ],
)
def test_what_is_no_problem_is_refused_with_a_sentence(call, words):
    with pytest.raises(practice.PracticeError, match=re.escape(words)) as refused:
        call()
    assert "\n" not in str(refused.value)


# --- the sheet and the command ---


@pytest.mark.parametrize("seed", range(20))
def test_a_sheet_has_every_kind_and_rising_levels(seed):
    drawn = sheet.problems(seed, count=16)
    assert Counter(one.kind for one in drawn) == dict.fromkeys(practice.KINDS, 2)
    assert {one.kind for one in drawn[:8]} == set(practice.KINDS)
    assert [one.level for one in drawn] == sorted(one.level for one in drawn)
    assert {one.level for one in drawn} == {1, 2, 3}


def test_a_sheet_asks_no_question_twice():
    for seed in range(20):
        drawn = sheet.problems(seed, count=40, level=1, kinds=["output_size"])
        assert len({one.question for one in drawn}) == 40


def test_a_sheet_looks_for_another_question_as_long_as_it_takes(monkeypatch):
    """However often the draws come back to the one question that was asked already."""
    asked, others = practice.problem("pooling", seed=1), [practice.problem("pooling", seed=seed) for seed in (2, 3)]
    drawn = iter([asked, *[asked] * 100, *others])
    monkeypatch.setattr(sheet, "problem", lambda *given, **options: next(drawn))
    assert sheet.problems(7, count=3) == [asked, *others]


def test_sheets_differ():
    orders = {tuple(one.question for one in sheet.problems(seed, count=3)) for seed in range(50)}
    assert len(orders) == 50


def test_a_printed_sheet_has_all_questions_and_no_answer(tmp_path):
    (path,) = sheet.write(tmp_path / "new", seed=7, count=16, solutions=False)
    assert path.name == "practice-7-count-16.html"
    shown_ = checks_text(path)
    for number, one in enumerate(sheet.problems(7, count=16), 1):
        assert f"{number}. {one.title} (level {one.level})" in shown_
        assert letters(one.question) in letters(shown_)
        assert not any(letters(step) in letters(shown_) for step in one.solution)
    assert shown_.count("Answer:") == 16
    html = path.read_text("utf-8")
    assert "size: A4" in html
    assert not re.search(r"https?:|src=|<link(?! rel=\"icon\" href=\"data:)|<script|@import|url\(", html)


def test_the_key_has_solutions_answers_and_mistakes(tmp_path):
    _, path = sheet.write(tmp_path, seed=7, count=16, level=3, kinds=["pooling", "parameters"])
    assert path.name == "practice-7-count-16-level-3-parameters-pooling-answers.html"
    text = letters(checks_text(path))
    for one in sheet.problems(7, count=16, level=3, kinds=["pooling", "parameters"]):
        assert all(letters(step) in text for step in one.solution)
        assert letters(f"Answer: {shown(one.answer)}") in text
        for value, mistake in one.mistakes.items():
            assert letters(f"{shown(value)}: {mistake.sentence} {TEXTS['pages'][mistake.page]}") in text
    assert letters("practice.html#seed=7&count=16&level=3&kinds=parameters,pooling") in text


def test_no_sheet_takes_the_place_of_another(tmp_path):
    options = [
        {},
        {"count": 11},
        {"level": 1},
        {"level": 2},
        {"kinds": ["pooling"]},
        {"kinds": ["pooling", "parameters"]},
        {"level": 2, "kinds": ["pooling"]},
    ]
    written = [path.name for chosen in options for path in sheet.write(tmp_path, seed=7, **chosen)]
    assert written[:4] == [
        "practice-7.html",
        "practice-7-answers.html",
        "practice-7-count-11.html",
        "practice-7-count-11-answers.html",
    ]
    assert len(set(written)) == 2 * len(options)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(written)
    # In whatever order the kinds are named, it is the same sheet.
    same = sheet.write(tmp_path, seed=7, kinds=["parameters", "pooling"])
    assert [path.name for path in same] == ["practice-7-parameters-pooling.html", same[1].name]
    assert same[1].name in written
    assert sheet.write(tmp_path, seed=7, kinds=practice.KINDS[::-1])[0].name == "practice-7.html"


def test_a_sheet_that_cannot_be_written_leaves_the_older_one(tmp_path, monkeypatch):
    (path,) = sheet.write(tmp_path, seed=7, solutions=False)
    before = path.read_bytes()

    def full(*given):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        sheet.write(tmp_path, seed=7, solutions=False)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def checks_text(path):
    from bs4 import BeautifulSoup

    return BeautifulSoup(path.read_text("utf-8"), "html.parser").get_text("\n")


def letters(text):
    """A text without white space, backticks and the numbers of a list, which markup holds in another way."""
    return re.sub(r"[\s`]|^\d+\. (?=conv|max)", "", text, flags=re.M)


def parsed(*arguments):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(arguments)


def test_command_writes_the_sheet(tmp_path, capsys):
    command.run(parsed("--seed", "7", "--count", "4", "--level", "2", "--kind", "pooling", "--folder", str(tmp_path)))
    path = tmp_path / "practice-7-count-4-level-2-pooling.html"
    assert capsys.readouterr().out == f"wrote {path}\n"
    assert list(tmp_path.iterdir()) == [path]
    assert checks_text(path).count("Pooling by hand (level 2)") == 4


def test_command_writes_the_key_when_asked(tmp_path, capsys):
    command.run(parsed("--seed", "7", "--solutions", "--folder", str(tmp_path)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["practice-7-answers.html", "practice-7.html"]
    assert capsys.readouterr().out.count("wrote") == 2


def test_command_draws_a_seed_where_none_is_given(tmp_path, capsys):
    for _ in range(3):
        command.run(parsed("--folder", str(tmp_path)))
    assert len(set(capsys.readouterr().out.splitlines())) > 1


def test_command_refuses_with_a_sentence(tmp_path):
    with pytest.raises(practice.PracticeError, match="a sheet has 1 to 40 problems; got 99"):
        command.run(parsed("--count", "99", "--folder", str(tmp_path)))
    assert list(tmp_path.iterdir()) == []


# --- the script ---


def test_the_script_is_small():
    script = bundle("--format=iife", "--minify", "--target=es2020", name="practice.js")
    assert len(gzip.compress(script, 9)) < 12_000


def test_the_script_asks_for_nothing():
    script = bundle("--format=iife", "--minify", name="practice.js").decode()
    for word in ("fetch(", "XMLHttpRequest", "http://", "https://", "import(", "innerHTML", "localStorage"):
        assert word not in script

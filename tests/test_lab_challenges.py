"""The labs' challenges: each can be met, is not met where it starts, and is not met by what comes close."""

from itertools import combinations, permutations, product

import numpy as np
import pytest

import javascript
from booksite import scripts
from cnnbook import data, experiments, reference, shapes

PROGRAM = """
import labs from "./labs/all.js";
import { setChallenge } from "./labs/challenges.js";
import all from "./labs/challenges/all.js";
import { remember } from "./labs/sample.js";
const LABS = Object.fromEntries(labs.map((lab) => [lab.kind, lab]));
const find = (id) => all.find((challenge) => challenge.id === id);
const output = ([asked, images, data]) => {
  remember(images);
  LABS.seeds.receive({ data });
  return asked.map(([id, seed, state, result]) => {
    const { is_met, drawn, start, text, lab, hints, isDrawn } = setChallenge(find(id), seed);
    const shown = (state) => LABS[lab].result(LABS[lab].check(state));
    const own = state && (result ?? shown(state));
    return { drawn, start, text, lab, hints, isDrawn, startShown: shown(start), met: own && is_met(state, own),
      metAtStart: is_met(start, shown(start)) };
  });
};
"""
SEEDS = range(1, 41)
IMAGES, COMPARED = data.sample_texts([11]), experiments.compared()


def ask(*asked):
    """What a challenge is, and whether it is met: [name, seed, state, result], of which the last two may be missing."""
    return javascript.run(PROGRAM, [asked, IMAGES, COMPARED])


def challenges():
    program = """
    import all from "./labs/challenges/all.js";
    const output = () => all.map((challenge) => [challenge.id, challenge.lab, Boolean(challenge.draw)]);
    """
    return javascript.run(program, None)


ALL = challenges()
DRAWN = [name for name, _, drawn in ALL if drawn]


def test_there_are_at_least_twelve_and_some_are_drawn():
    names = [name for name, *_ in ALL]
    assert len(set(names)) == len(names) >= 12
    assert {lab for _, lab, _ in ALL} == set(scripts.CHALLENGES)
    assert len(DRAWN) >= 3


def test_every_challenge_has_hints_and_a_sentence():
    for shown in ask(*([name, seed] for name, *_ in ALL for seed in (1, 2))):
        assert len(shown["hints"]) >= 2
        assert shown["text"][0].isupper() or shown["text"][0].isdigit()
        assert shown["text"].endswith((".", "?"))
        assert "undefined" not in shown["text"]


@pytest.mark.parametrize("name", DRAWN)
def test_a_seed_decides_what_is_asked(name):
    texts = [shown["text"] for shown in ask(*([name, seed] for seed in SEEDS))]
    assert texts == [shown["text"] for shown in ask(*([name, seed] for seed in SEEDS))]
    assert len(set(texts)) > len(SEEDS) / 3


@pytest.mark.parametrize("name", [name for name, *_ in ALL])
def test_no_challenge_is_met_where_it_starts(name):
    for shown in ask(*([name, seed] for seed in SEEDS)):
        assert "error" not in shown["startShown"]
        assert shown["metAtStart"] is False, shown


# --- one row ---------------------------------------------------------------------------------------------------------

X = [2, -1, 0, 3, 1, -2, 1]
EIGHT = [*X, 4]


def row(**changes):
    return {"input": X, "kernel": [1, 0, -1], "stride": 1, "padding": 0, "dilation": 1, **changes}


@pytest.mark.parametrize(
    ("name", "met", "close"),
    [
        ("keep-the-length", [row(kernel=[1] * 5, padding=2), row(kernel=[1] * 5, padding=[4, 0])],
         [row(kernel=[1] * 5, padding="same"), row(kernel=[1] * 5, padding=1), row(padding=1),
          row(kernel=[1] * 5, padding=8, stride=3), row(kernel=[1] * 5, padding=2, transposed=True)]),
        ("one-cell-never-seen", [row(input=EIGHT, stride=2), row(stride=4)],
         [row(stride=2), row(stride=4, padding=1)]),
        ("zero-on-flat-rows", [row(), row(kernel=[1, -2, 1]), row(kernel=[0.1, 0.2, -0.3])],
         [row(kernel=[0, 0, 0]), row(kernel=[1, 0, -0.5])]),
        ("all-seen-with-stride",
         [row(input=EIGHT, kernel=[1, 1], stride=2), row(input=EIGHT, kernel=[1] * 4, stride=2)],
         [row(input=EIGHT, stride=2), row(stride=2), row(input=EIGHT, kernel=[1, 1, 1], stride=2, padding=1)]),
        ("see-far-with-three", [row(dilation=3)],
         [row(dilation=2), row(kernel=[1] * 7), row(kernel=[1] * 4, dilation=2)]),
        ("shift-the-row", [row(kernel=[1, 0, 0], padding=1)],
         [row(kernel=[0, 0, 1], padding=1), row(kernel=[1, 0, 0]), row(kernel=[1, 0, 0], padding=1, input=[0, 0, 0]),
          row(kernel=[1], padding=[1, 0], input=[1, 0])]),  # the row with its zero is one cell longer
    ],
)  # fmt: skip
def test_a_row_meets_its_challenge_or_comes_close(name, met, close):
    assert [shown["met"] for shown in ask(*([name, 1, state] for state in met))] == [True] * len(met)
    assert [shown["met"] for shown in ask(*([name, 1, state] for state in close))] == [False] * len(close)


def test_the_drawn_filter_is_found():
    drawn = [shown["drawn"] for shown in ask(*(["find-the-filter", seed] for seed in SEEDS))]
    right = [["find-the-filter", seed, row(input=numbers["input"], kernel=numbers["kernel"])]
             for seed, numbers in zip(SEEDS, drawn, strict=True)]  # fmt: skip
    assert all(shown["met"] for shown in ask(*right))
    for place in range(3):  # only one filter does it
        other = [[name, seed, {**state, "kernel": [w + (place == tap) for tap, w in enumerate(state["kernel"])]}]
                 for name, seed, state in right]  # fmt: skip
        assert not any(shown["met"] for shown in ask(*other))


def test_the_drawn_size_can_be_reached():
    drawn = [shown["drawn"] for shown in ask(*(["hit-the-size", seed] for seed in SEEDS))]
    right = [
        ["hit-the-size", seed, row(input=list(range(numbers["n"])), kernel=[1] * numbers["kernel_size"],
                                   stride=numbers["stride"], padding=numbers["padding"])]
        for seed, numbers in zip(SEEDS, drawn, strict=True)
    ]  # fmt: skip
    assert all(shown["met"] for shown in ask(*right))
    close = [[name, seed, {**state, "stride": state["stride"] + 1}] for name, seed, state in right]
    assert not any(shown["met"] for shown in ask(*close))


# --- a volume, after its contract ------------------------------------------------------------------------------------


def volume(side, channels, taps, weights=None, **changes):
    """A state and its result; `weights` (taps, taps, channels) is the only filter."""
    image = [[[(2 * r + c * c + k) % 4 for k in range(channels)] for c in range(side)] for r in range(side)]
    weights = weights or [[[1] * channels for _ in range(taps)] for _ in range(taps)]
    state = {"input": image, "filters": [weights], "bias": [0], "stride": 1, "padding": 0} | changes
    kernel = np.moveaxis(np.array(state["filters"], float), 0, -1)
    output = reference.conv2d(np.array(state["input"], float)[None], kernel, np.array(state["bias"], float),
                              stride=state["stride"], padding=state["padding"])[0]  # fmt: skip
    return state, {"output": output.tolist()}


def only(taps, channels, at, value=1):
    return [[[value if (r, c, k) == at else 0 for k in range(channels)] for c in range(taps)] for r in range(taps)]


EDGE = [[[1, 2, 0], [-1, -2, 0]], [[0, 0, 3], [0, 0, -3]]]


@pytest.mark.parametrize(
    ("name", "met", "close"),
    [
        ("five-of-seven", [volume(7, 1, 3), volume(7, 2, 5, padding=1)],
         [volume(7, 1, 2), volume(8, 1, 4), volume(7, 1, 3, stride=2), volume(7, 1, 1, stride=2, padding=1)]),
        ("blind-to-flat", [volume(4, 3, 2, EDGE)],
         [volume(4, 3, 2), volume(4, 3, 2, only(2, 3, None)), volume(4, 3, 2, EDGE, bias=[1]),
          volume(4, 3, 2, [[[1, -1, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]]])]),
        ("copy-one-channel",
         [volume(4, 3, 3, only(3, 3, (1, 1, 0)), padding=1), volume(4, 3, 1, only(1, 3, (0, 0, 0)))],
         [volume(4, 3, 3, only(3, 3, (1, 1, 0))), volume(4, 3, 1, only(1, 3, (0, 0, 1))),
          volume(4, 3, 1, only(1, 3, (0, 0, 0)), bias=[1])]),
        ("five-everywhere", [volume(4, 2, 2, only(2, 2, None), bias=[5])],
         [volume(4, 2, 2, only(2, 2, None), bias=[4]), volume(4, 2, 2, bias=[5])]),
        ("mean-of-the-patch", [volume(5, 1, 2, [[[0.25]] * 2] * 2)],
         [volume(5, 1, 2), volume(5, 1, 2, [[[0.25]] * 2] * 2, bias=[1]), volume(5, 2, 2, [[[0.25, 0.25]] * 2] * 2)]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_volume_meets_its_challenge_or_comes_close(name, met, close):
    assert [shown["met"] for shown in ask(*([name, 1, *case] for case in met))] == [True] * len(met)
    assert [shown["met"] for shown in ask(*([name, 1, *case] for case in close))] == [False] * len(close)


def test_the_drawn_map_can_be_reached():
    drawn = [shown["drawn"] for shown in ask(*(["hit-the-map", seed] for seed in SEEDS))]
    cases = [volume(d["n"], 1, d["taps"], stride=d["stride"], padding=d["padding"]) for d in drawn]
    assert all(
        shown["met"] for shown in ask(*(["hit-the-map", seed, *case] for seed, case in zip(SEEDS, cases, strict=True)))
    )
    starts = [shown["start"] for shown in ask(*(["hit-the-map", seed] for seed in SEEDS))]
    for numbers, start in zip(drawn, starts, strict=True):
        reached = shapes.output_size(numbers["n"], len(start["filters"][0]), stride=numbers["stride"])
        assert reached != numbers["size"]


# --- a network, after its contract -----------------------------------------------------------------------------------


def network(shape, layers, rows):
    """A state, and the result that belongs to it: rows of [shape, parameters, multiply_adds, receptive_field]."""
    names = ("shape", "parameters", "multiply_adds", "receptive_field")
    shown = [dict(zip(names, values, strict=True)) for values in rows]
    total = {name: sum(values[name] for values in shown) for name in names[1:3]}
    return {"input": shape, "layers": layers}, {"layers": shown, **total}


def conv(filters, kernel_size, **more):
    return {"type": "Conv2D", "filters": filters, "kernel_size": kernel_size, **more}


PHOTO, SMALL = [32, 32, 3], [16, 16, 3]
GLOBAL = {"type": "GlobalAveragePooling2D"}
HALVED = conv(8, 3, strides=2)


def fields(*sizes, kernels=(5, 5, 5), **more):
    layers = [conv(4, kernel, **more) for kernel in kernels]
    return network(PHOTO, layers, [[[20, 20, 4], 100, 1000, size] for size in sizes])


@pytest.mark.parametrize(
    ("name", "met", "close"),
    [
        ("parameters-896", [network(PHOTO, [conv(32, 3)], [[[30, 30, 32], 896, 777600, 3]])],
         [network(PHOTO, [conv(32, 3)], [[[30, 30, 32], 895, 1, 3]]),
          network(PHOTO, [conv(16, 3), conv(16, 3)], [[[30, 30, 16], 448, 1, 3], [[28, 28, 16], 448, 1, 5]])]),
        ("field-of-13", [fields(5, 9, 13), fields([5, 5], [9, 9], [13, 13])],
         [fields(5, 9, 12), fields(3, 5, 13, kernels=(3, 3, 9)), fields(5, 13, kernels=(5, 5)), fields(5, 9, [13, 9]),
          fields(13, 13, 13, kernels=(3, 1, 1), dilation_rate=6),
          fields(5, 9, 13, kernels=(3, 3, 3), dilation_rate=[1, 3]),
          network([13, 13, 3], [conv(4, 1), conv(4, 1), GLOBAL],
                  [[[13, 13, 4], 16, 1, 1], [[13, 13, 4], 20, 1, 1], [[4], 0, 1, 13]])]),
        ("ten-scores-for-little",
         [network(PHOTO, [conv(10, 3), GLOBAL], [[[30, 30, 10], 280, 1, 3], [[10], 0, 9000, 32]])],
         [network(PHOTO, [conv(36, 3), GLOBAL], [[[30, 30, 36], 1008, 1, 3], [[36], 0, 1, 32]]),
          network(PHOTO, [conv(9, 3), GLOBAL], [[[30, 30, 9], 252, 1, 3], [[9], 0, 1, 32]]),
          network([8, 8, 1], [conv(10, 3), GLOBAL], [[[6, 6, 10], 100, 1, 3], [[10], 0, 1, 8]])]),
        ("small-without-pooling",
         [network(PHOTO, [HALVED, HALVED], [[[16, 16, 8], 1, 1, 3], [[8, 8, 8], 1, 1, 7]])],
         [network(PHOTO, [HALVED, {"type": "MaxPooling2D"}], [[[16, 16, 8], 1, 1, 3], [[8, 8, 8], 0, 1, 5]]),
          network(PHOTO, [HALVED, conv(8, 3)], [[[16, 16, 8], 1, 1, 3], [[14, 14, 8], 1, 1, 7]])]),
        ("quarter-of-the-work",
         [network(SMALL, [conv(16, 3), conv(32, 1)], [[[16, 16, 16], 1, 110592, 3], [[16, 16, 32], 1, 131072, 3]])],
         [network(SMALL, [conv(16, 1), conv(32, 3)], [[[16, 16, 16], 1, 12288, 1], [[16, 16, 32], 1, 1179648, 3]]),
          network(SMALL, [conv(16, 3), conv(16, 1)], [[[16, 16, 16], 1, 1, 3], [[16, 16, 16], 1, 1, 3]])]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_network_meets_its_challenge_or_comes_close(name, met, close):
    assert [shown["met"] for shown in ask(*([name, 1, *case] for case in met))] == [True] * len(met)
    assert [shown["met"] for shown in ask(*([name, 1, *case] for case in close))] == [False] * len(close)


# --- pooling ---------------------------------------------------------------------------------------------------------


def pooled(plane, **changes):
    return {"input": plane, "pool_size": 2, "stride": 2, "padding": "valid", "kind": "max", **changes}


def spot(*places, side=4):
    return [[int((row, column) in places) for column in range(side)] for row in range(side)]


OVERLAP = {"pool_size": 3, "stride": 1}
QUARTERS = np.kron([[1, 2], [3, 4]], np.ones((2, 2))).tolist()


@pytest.mark.parametrize(
    ("name", "met", "close"),
    [
        ("pool-and-keep-the-size", [pooled(spot(), **OVERLAP, padding=1)],
         [pooled(spot(), **OVERLAP, padding="same"), pooled(spot(), **OVERLAP), pooled(spot(), pool_size=1, stride=1),
          pooled(spot(), pool_size=3, stride=2, padding=1)]),
        ("one-bright-cell-everywhere",
         [pooled(spot((1, 2)), **OVERLAP), pooled(spot((2, 1)), **OVERLAP, kind="average")],
         [pooled(spot((0, 1)), **OVERLAP), pooled(spot((1, 1), (2, 2)), **OVERLAP), pooled(spot((1, 1)), pool_size=4),
          pooled((-np.array(spot((1, 1)))).tolist(), **OVERLAP)]),
        ("one-row-left-over", [pooled(spot(side=5)), pooled(spot(), pool_size=3), pooled(spot(side=5), stride=3)],
         [pooled(spot()), pooled(spot(side=5), padding="same"), pooled([[0] * 5] * 4),
          pooled(spot(side=5), pool_size=3, stride=3)]),
        ("max-is-mean", [pooled(QUARTERS), pooled(QUARTERS, kind="average")],
         [pooled(np.ones((4, 4)).tolist()), pooled(QUARTERS, stride=1), pooled([[1, 1, 2, 2], [1, 1, 2, 1]])]),
    ],
)  # fmt: skip
def test_pooling_meets_its_challenge_or_comes_close(name, met, close):
    assert [shown["met"] for shown in ask(*([name, 1, state] for state in met))] == [True] * len(met)
    assert [shown["met"] for shown in ask(*([name, 1, state] for state in close))] == [False] * len(close)


def test_the_drawn_plane_can_be_found():
    drawn = [shown["drawn"] for shown in ask(*(["find-the-plane", seed] for seed in SEEDS))]
    planes = [np.block([[np.reshape(cells, (2, 2)) for cells in pair] for pair in (d["windows"][:2], d["windows"][2:])])
              for d in drawn]  # fmt: skip
    right = [["find-the-plane", seed, pooled(plane.tolist())] for seed, plane in zip(SEEDS, planes, strict=True)]
    assert all(shown["met"] for shown in ask(*right))
    for plane, d in zip(planes, drawn, strict=True):
        assert reference.max_pool2d(plane[None, ..., None]).ravel().tolist() == d["maxima"]
        assert reference.average_pool2d(plane[None, ..., None]).ravel().tolist() == d["means"]
    lower = [[name, seed, pooled((np.array(state["input"]) - np.eye(4)).tolist())] for name, seed, state in right]
    assert not any(shown["met"] for shown in ask(*lower))


# --- one filter ------------------------------------------------------------------------------------------------------


def filtered(kernel, *, bias=0, **image):
    return {"kernel": np.array(kernel).tolist(), "bias": bias, **({"image": 11} | image)}


def weight(row, column, value=1, shape=(3, 3)):
    kernel = np.zeros(shape)
    kernel[row, column] = value
    return kernel


SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
RED_OR_BLUE = weight(1, 1, [1, 0, -1], (3, 3, 3))
BAND = {"image": "drawing", "drawing": ["0" * 32] * 12 + ["1" * 32] * 8 + ["0" * 32] * 12}


@pytest.mark.parametrize(
    ("name", "met", "close"),
    [
        ("shift-the-photograph", [filtered(weight(1, 2))],
         [filtered(weight(1, 0)), filtered(weight(1, 1)), filtered(weight(1, 2), bias=1), filtered(weight(2, 1))]),
        ("silent-filter", [filtered(-np.eye(3)), filtered(weight(0, 0, [0, -1, 0], (3, 3, 3)), bias=-1)],
         [filtered(-np.eye(3), bias=0.1), filtered(weight(0, 0) - weight(1, 1)), filtered(np.zeros((3, 3)), bias=-1)]),
        ("colours-only", [filtered(RED_OR_BLUE), filtered(RED_OR_BLUE + weight(0, 2, [-2, 1, 1], (3, 3, 3)))],
         [filtered(np.zeros((3, 3, 3))), filtered(RED_OR_BLUE, bias=1), filtered(SOBEL),
          filtered(weight(0, 0, 1, (3, 3, 3)) - weight(1, 1, 1, (3, 3, 3)))]),
        ("blind-to-the-band", [filtered(SOBEL, **BAND), filtered([[0, 0, 0], [1, -2, 1], [0, 0, 0]], **BAND)],
         [filtered(SOBEL.T, **BAND), filtered(np.zeros((3, 3)), **BAND), filtered(SOBEL),
          filtered(SOBEL, bias=1, **BAND), filtered(SOBEL, image="drawing", drawing=["0" * 32] * 32)]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_filter_meets_its_challenge_or_comes_close(name, met, close):
    assert [shown["met"] for shown in ask(*([name, 1, state] for state in met))] == [True] * len(met)
    assert [shown["met"] for shown in ask(*([name, 1, state] for state in close))] == [False] * len(close)


def test_the_filter_of_one_white_pixel_is_found():
    shown = ask(*(["one-white-pixel", seed] for seed in SEEDS))
    kernels = [np.reshape(challenge["drawn"]["kernel"], (3, 3)) for challenge in shown]
    right, turned = ([["one-white-pixel", seed, challenge["start"] | {"kernel": turn(kernel).tolist()}]
                      for seed, challenge, kernel in zip(SEEDS, shown, kernels, strict=True)]
                     for turn in (np.array, lambda kernel: kernel[::-1, ::-1]))  # fmt: skip
    assert all(challenge["met"] for challenge in ask(*right))
    assert not any(challenge["met"] for challenge in ask(*turned))
    for challenge, kernel in zip(shown, kernels, strict=True):
        dot = np.eye(5)[2][:, None] * np.eye(5)[2]
        seen = reference.conv2d(dot[None, ..., None], kernel[..., None, None])[0, ..., 0]
        assert seen.tolist() == challenge["drawn"]["shown"]


# --- seeds -----------------------------------------------------------------------------------------------------------


def seeds(*numbers, first="simple-cnn", second="two-layer"):
    return {"first": first, "second": second, "seeds": numbers}


FAR = {"second": "one-layer"}


def test_seeds_meet_their_challenges_or_come_close():
    pairs = combinations(COMPARED["recipes"], 2)
    draws = {"a-draw-that-misses": [seeds(i, i, j) for i, j in permutations(range(5), 2)],
             "two-seeds-are-enough": [seeds(0, 1, **FAR), seeds(2, 3, **FAR)],
             "ten-seeds-do-not-tell": [seeds(*range(5), *range(5), first=a, second=b) for a, b in pairs]}  # fmt: skip
    for name, states in draws.items():
        assert any(shown["met"] for shown in ask(*([name, 1, state] for state in states))), name
    close = [("a-draw-that-misses", seeds(0, 1, 2, 3, 4)), ("two-seeds-are-enough", seeds(0, 1, 2, **FAR)),
             ("ten-seeds-do-not-tell", seeds(*range(5), *range(5), **FAR)),
             ("ten-seeds-do-not-tell", seeds(0, 1))]  # fmt: skip
    assert [shown["met"] for shown in ask(*([name, 1, state] for name, state in close))] == [False] * len(close)


# --- all -------------------------------------------------------------------------------------------------------------


def test_what_does_not_fit_meets_nothing():
    state, _ = network(PHOTO, [conv(32, 3)], [])
    assert [shown["met"] for shown in ask(*([name, 1, state, {"error": "the kernel"}] for name, lab, _ in ALL))] == [
        False
    ] * len(ALL)


def test_the_drawn_parameters_can_be_reached():
    cases = []
    for seed, shown in zip(SEEDS, ask(*(["hit-the-parameters", seed] for seed in SEEDS)), strict=True):
        numbers = shown["drawn"]
        found = [(k, f) for k, f in product(range(1, 8), range(1, 200))
                 if shapes.conv_parameters(k, numbers["channels"], f) == numbers["parameters"]]  # fmt: skip
        assert (numbers["kernel_size"], numbers["filters"]) in found
        kernel_size, filters = found[0]
        rows = [[[1, 1, 1], numbers["parameters"], 1, 1]]
        case = network([32, 32, numbers["channels"]], [conv(filters, kernel_size)], rows)
        cases.append(["hit-the-parameters", seed, *case])
    assert all(shown["met"] for shown in ask(*cases))


# --- a filter that learns --------------------------------------------------------------------------------------------

STRIPE, WHITE = [[0, 0, 1, 1, 0, 0, 0, 0]] * 8, [[1] * 8] * 8
RING = ask(["learn-in-nine", 1])[0]["start"]["input"]


def lesson(**changes):
    return {"input": RING, "target": SOBEL.tolist(), "seed": 1, "learning_rate": 0.5, "steps": 0, **changes}


@pytest.mark.parametrize(
    ("name", "met", "close"),
    [
        ("learn-in-nine", [lesson(learning_rate=0.8, steps=9), lesson(learning_rate=0.8, steps=8)],
         [lesson(learning_rate=0.5, steps=9), lesson(learning_rate=0.8, steps=10), lesson(learning_rate=0.8, steps=3),
          lesson(learning_rate=0.8, steps=9, target=[[0] * 3] * 3), lesson(learning_rate=0.5, steps=9, input=STRIPE),
          lesson(learning_rate=0.8, steps=9, seed=2)]),
        ("same-map-other-filter", [lesson(input=STRIPE, steps=30), lesson(input=[[0] * 8] * 8)],
         [lesson(steps=60), lesson(input=STRIPE, steps=1)]),
        ("too-bright", [lesson(learning_rate=0.2, steps=3, input=WHITE)],
         [lesson(learning_rate=0.5, steps=3, input=WHITE), lesson(learning_rate=0.2, steps=10),
          lesson(learning_rate=0.2, input=WHITE, target=[[10] * 3] * 3),
          lesson(learning_rate=0.2, steps=11, input=WHITE)]),
    ],
)  # fmt: skip
def test_a_lesson_meets_its_challenge_or_comes_close(name, met, close):
    assert [shown["met"] for shown in ask(*([name, 1, state] for state in met))] == [True] * len(met)
    assert [shown["met"] for shown in ask(*([name, 1, state] for state in close))] == [False] * len(close)

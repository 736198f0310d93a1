"""What the labs of pooling and of a filter on a photograph show, against `cnnbook.reference` and Keras."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

import javascript
from cnnbook import data, experiments, plotting, reference
from lab_states import CASES, PROGRAM, copied, results


def draw_pool(random):
    """A state of the lab of pooling; about a tenth of the windows do not fit."""
    size = int(random.integers(1, 5))
    return {
        "input": random.integers(-9, 10, random.integers(1, 9, 2)).tolist(),
        "pool_size": size,
        "stride": int(random.integers(1, 5)),
        "padding": ["valid", "same", int(random.integers(0, size))][random.integers(3)],
        "kind": ["max", "average"][random.integers(2)],
    }


def test_pooling_shows_what_the_book_computes():
    random = np.random.default_rng(2)
    states = [draw_pool(random) for _ in range(CASES)]
    functions = {"max": reference.max_pool2d, "average": reference.average_pool2d}
    refused = 0
    for state, shown in zip(states, results("pooling", states), strict=True):
        x = np.array(state["input"], float)[None, ..., None]
        pooled = functions[state["kind"]](x, state["pool_size"], stride=state["stride"], padding=state["padding"])
        if not pooled.size:
            refused += 1
            assert "make the window smaller" in shown["error"], state
            continue
        assert shown["output"] == pytest.approx(pooled[0, ..., 0]), state
    assert 20 < refused < CASES / 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"input": [[1, 2], [3]]}, "The rows of the plane have 2, 1 numbers; all need the same."),
        ({"input": [[1, "a"]]}, "“a”, which is not a number"),
        ({"input": []}, "The plane has 0 entries; 1 to 8 fit here."),
        ({"pool_size": 0}, "The window is 0; use a whole number from 1 to 8."),
        ({"pool_size": 5}, "The window has 5 rows but the padded plane has 4; make the window smaller, or pad more."),
        ({"stride": "1"}, "The stride is “1”"),
        ({"padding": 2}, "With a padding of 2, some 2×2 windows would cover padding only: use less than 2."),
        ({"padding": [1, 0]}, "The padding has two numbers; use valid, same or one number"),
        ({"kind": "mean"}, "The kind is “mean”; use one of max, average."),
        ({"kind": ["max"]}, 'The kind is “["max"]”; use one of max, average.'),
        ({"window": 2}, "“window”, which this lab does not know"),
    ],
)
def test_pooling_refuses_in_a_sentence(change, words):
    state = {"input": np.eye(4).tolist(), "pool_size": 2, "stride": 2, "padding": "valid", "kind": "max"}
    [shown] = results("pooling", [{**state, **change}])
    assert words in shown["error"]


def test_the_code_to_copy_pools():
    random = np.random.default_rng(5)
    drawn = [draw_pool(random) for _ in range(50)]
    states = [state for state, shown in zip(drawn, results("pooling", drawn), strict=True) if "error" not in shown][:10]
    for state, (shown, code) in zip(states, copied("pooling", states), strict=True):
        names = {}
        exec(code, names)
        np.testing.assert_allclose(names["y"][0, ..., 0], shown["output"], err_msg=str(state))
        for line in code.splitlines():
            if line.startswith("keras.layers."):
                pooled = eval(line, names)(np.array(state["input"], "float32")[None, ..., None])
                np.testing.assert_allclose(np.array(pooled)[0, ..., 0], shown["output"], rtol=1e-5, err_msg=str(state))


def filtered(states, images=()):
    """What the lab of a filter shows for each state, with these sample images at hand."""
    program = f"""
{PROGRAM.replace("const output", "const answers")}
import {{ remember }} from "./labs/sample.js";
const output = ([texts, states]) => {{ remember(texts); return answers(["filter", states]); }};
"""
    return javascript.run(program, [data.sample_texts(images), states])


def require_maps(shown, output):
    """A lab's result holds five decimals of a map, and of what ReLU and pooling make of it."""
    pooled = reference.max_pool2d(reference.relu(output)[None, ..., None])[0, ..., 0]
    for name, expected in (("output", output), ("relu", reference.relu(output)), ("pooled", pooled)):
        assert np.abs(np.array(shown[name]) - expected).max() < 1e-4, name


def test_a_learned_filter_makes_the_map_that_keras_makes():
    import keras

    trained = experiments.trained_model("simple-cnn")
    chosen = list(range(0, 100, 5))
    layers = [trained.get_layer(name).output for name in ("conv", "relu", "pool")]
    maps = keras.Model(trained.inputs[0], layers)(data.sample().images[chosen])
    maps = dict(zip(("output", "relu", "pooled"), map(keras.ops.convert_to_numpy, maps), strict=True))
    learned = {part: np.array(value) for part, value in experiments.recorded_filters("simple-cnn", "conv").items()}
    pairs = [(place, number) for place in range(len(chosen)) for number in range(32)]
    states = [{"kernel": learned["kernel"][..., number].tolist(), "bias": float(learned["bias"][number]),
               "image": chosen[place]} for place, number in pairs]  # fmt: skip
    for (place, number), shown in zip(pairs, filtered(states, chosen), strict=True):
        for name, expected in maps.items():
            assert np.abs(np.array(shown[name]) - expected[place, ..., number]).max() < 1e-4, (chosen[place], number)


@pytest.mark.parametrize("shape", [(32, 32), (16, 16), (1, 1), (5, 7)])
def test_a_picture_holds_its_pixels(shape):
    pixels = np.random.default_rng(4).integers(0, 256, (*shape, 3))
    address = javascript.run('import { png } from "./labs/png.js"; const output = png;', pixels.tolist())
    kind, _, text = address.partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(text))) as image:
        assert (np.array(image) == pixels).all()


def test_a_picture_of_a_map_holds_its_colours():
    program = """
import { png } from "./labs/png.js";
import { shade, SHADES } from "./labs/shades.js";
const output = (map) => [png(map.map((row) => row.map((value) => shade(value, 2))), SHADES), SHADES];
"""
    map_ = np.random.default_rng(4).uniform(-3, 3, (128, 256))
    address, palette = javascript.run(program, map_.tolist())
    with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as image:
        shown = np.array(image.convert("RGB"))
    assert (shown == np.array(palette)[127 + np.rint(127 * np.clip(map_ / 2, -1, 1)).astype(int)]).all()
    assert palette[127] == [128, 128, 128]


def test_maps_have_the_same_colours_in_figures_and_labs():
    program = """
import { LIGHTS, paletteOf, shade, SHADES } from "./labs/shades.js";
const output = (values) => [values.map((value) => SHADES[shade(value, 2)]), paletteOf(values) === SHADES,
  [0, 1, 2].map((value) => LIGHTS[shade(value, 2)]), paletteOf([0, 3]) === LIGHTS];
"""
    values = [-5, -2, -0.8, 0, 0.4, 2, 9]
    signed, is_signed, lights, is_light = javascript.run(program, values)
    assert np.abs(plotting.signed_images([values], 2)[0] - np.array(signed)).max() <= 2  # of 15 and of 127 steps
    assert is_signed
    assert is_light
    assert lights == [[0] * 3, [129] * 3, [255] * 3]


def draw_filter(random):
    shape = [(3, 3), (3, 3, 3)][random.integers(2)]
    state = {"kernel": random.integers(-5, 6, shape).tolist(), "bias": int(random.integers(-3, 4))}
    if random.integers(2):
        return {**state, "image": int(random.integers(10))}
    return {**state, "image": "drawing", "drawing": ["".join(row) for row in random.choice(["0", "1"], (32, 32))]}


def test_any_filter_makes_the_map_that_the_book_computes():
    random = np.random.default_rng(3)
    states = [draw_filter(random) for _ in range(CASES)]
    images = data.sample().images
    for state, shown in zip(states, filtered(states, range(10)), strict=True):
        if state["image"] == "drawing":
            x = np.array([[[int(ink)] * 3 for ink in row] for row in state["drawing"]])
        else:
            x = images[state["image"]] / 255
        kernel = np.array(state["kernel"], float)
        x, kernel = (x, kernel) if kernel.ndim == 3 else (x.mean(axis=-1, keepdims=True), kernel[..., None])
        bias = np.array([state["bias"]], float)
        require_maps(shown, reference.conv2d(x[None].astype(float), kernel[..., None], bias, padding="same")[0, ..., 0])


def test_the_code_to_copy_filters():
    random = np.random.default_rng(6)
    states = [draw_filter(random) for _ in range(10)]
    for state, (shown, code) in zip(states, copied("filter", states, range(10)), strict=True):
        names = {}
        exec(code, names)
        np.testing.assert_allclose(names["output"][0, ..., 0], shown["output"], atol=1e-4, err_msg=str(state))
        np.testing.assert_allclose(names["pooled"][0, ..., 0], shown["pooled"], atol=1e-4, err_msg=str(state))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kernel": [[1, 2], [3, 4]]}, "The filter has 2 entries; 3 fit here."),
        ({"kernel": 1}, "The filter is “1”; a list is needed."),
        ({"kernel": [[1, 2, 3], [1, 2, "x"], [1, 2, 3]]}, "The filter holds “x”, which is not a number."),
        ({"kernel": [[[1, 2, 3]] * 3] * 2 + [[1, 2, 3]]}, "The filter is “1”; a list is needed."),
        ({"bias": None}, None),
        ({"bias": "0"}, "The bias holds “0”, which is not a number."),
        ({"image": 100}, "The image is 100; use a whole number from 0 to 99."),
        ({"image": "cat"}, "The image is “cat”; use a whole number from 0 to 99."),
        ({"image": "drawing", "drawing": ["0" * 32] * 31}, "The drawing has 31 entries; 32 fit here."),
        ({"image": "drawing", "drawing": ["0" * 31] * 32}, "a row that is not 32 digits, each 0 or 1."),
        ({"stride": 2}, "“stride”, which this lab does not know"),
    ],
)
def test_a_filter_is_refused_in_a_sentence(change, words):
    state = {"kernel": np.eye(3).tolist(), "bias": 0, "image": 3}
    [shown] = filtered([{**state, **change}], [3])
    assert words in shown["error"] if words else "error" not in shown

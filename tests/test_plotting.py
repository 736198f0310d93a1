"""Figures are asked what they show: texts, patches by their kind, curves by their data. No pixels are compared."""

import base64
import colorsys
import io
import itertools
import math
import re
from typing import NamedTuple
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from booksite.quiz.values import evaluate
from cnnbook import data, experiments, intervals, plotting, shapes
from cnnbook.handout import BIAS, FILTERS, SETTINGS_1D, VOLUME, W, X
from cnnbook.plotting import primitives, style, svg
from fresh_python import modules_after, run
from pages import BOOK, code_cells

drawing = settings(max_examples=12)  # a figure takes tens of milliseconds

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


@pytest.fixture(autouse=True)
def settings_restored():
    with matplotlib.rc_context():
        yield


def patches(axes, label):
    """Return the cells of one kind as (x, y, width, height), from left to right within rows from top to bottom."""
    of_kind = [patch for patch in axes.patches if patch.get_label() == label]
    boxes = [np.round((*patch.get_xy(), patch.get_width(), patch.get_height()), 6).tolist() for patch in of_kind]
    return [tuple(box) for box in sorted(boxes, key=lambda box: (box[1], box[0]))]


def curves(axes, label):
    """Return the lines of one kind as lists of (x, y)."""
    return [line.get_xydata().tolist() for line in axes.lines if line.get_label() == label]


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def text_in(axes, patch):
    """Return the text written in the middle of a cell."""
    x, y, width, height = patch
    middle = x + width / 2, y + height / 2
    (text,) = [text.get_text() for text in axes.texts if text.get_text() and np.allclose(text.get_position(), middle)]
    return text


def number_in(axes, patch):
    return float(text_in(axes, patch).replace("−", "-"))


def values(axes, label):
    """Return the numbers in the cells of one kind, row by row."""
    return [number_in(axes, patch) for patch in patches(axes, label)]


def history(seed, epochs=4):
    rng = np.random.default_rng(seed)
    return {name: rng.uniform(size=epochs).tolist() for name in ("accuracy", "val_accuracy", "loss", "val_loss")}


def both(figure):
    return figure.wide, figure.narrow


def found(drawing, kind):
    """Return the elements of one kind."""
    return [element for element in ElementTree.fromstring(bare(drawing)).iter() if element.get("data-kind") == kind]


def bare(drawing):
    return drawing.element().replace(' xmlns="http://www.w3.org/2000/svg"', "")


def words(drawing, kind):
    return [text.text for text in found(drawing, kind) if text.tag == "text"]


def points(path):
    """Return the points of a path, (points, 2)."""
    return np.array([pair.split(",") for pair in path.get("d").replace("M", " ").split()], dtype=float)


def places(drawing):
    """Return the (x, y, zoom) of each image."""
    transforms = [use.get("transform") for use in found(drawing, "image") if use.tag == "use"]
    return [tuple(float(number) for number in re.findall(r"[\d.]+", transform)) for transform in transforms]


def pixels(drawing):
    """Return the images as a browser reads them."""
    shown = [drawing.images[use.get("href")[1:]] for use in found(drawing, "image")]
    data = [re.search(r"base64,([^\"]+)", image)[1] for image in shown]
    images = [Image.open(io.BytesIO(base64.b64decode(text))) for text in data]
    return [np.asarray(image.convert("L") if image.mode == "P" else image) for image in images]


def scale(drawing, coordinate):
    """Return what turns coordinates into values, from the numbers at the grid."""
    ticks = [(float(text.get(coordinate)), float(text.text.replace("−", "-"))) for text in found(drawing, "tick")
             if (text.get("text-anchor") == "end") == (coordinate == "y")]  # fmt: skip
    (start, low), *_, (end, high) = ticks
    shift = 4 if coordinate == "y" else 0  # from the base line of a number to its grid line
    return lambda place: low + (np.asarray(place) + shift - start) / (end - start) * (high - low)


def upright(drawing):
    return scale(drawing, "y")


def across(drawing):
    return scale(drawing, "x")


def schematics(axes=None):
    """Yield the drawings of the arithmetic, made with Matplotlib, which share their roles of colour and fit a phone."""
    yield plotting.windows_1d(X, W, stride=4, padding=1, axes=axes)
    yield plotting.same_padding_1d([(7, 3, 1), (8, 3, 2)], axes=axes)
    yield plotting.receptive_field_1d([(3, 1), (2, 2)], axes=axes)
    yield plotting.planes(VOLUME, FILTERS, BIAS, axes=axes)
    yield plotting.flatten_orders(VOLUME[:2, :2], axes=axes)
    yield plotting.depthwise(VOLUME, FILTERS[..., 0], axes=axes)
    yield plotting.volume_trace(VOLUME, FILTERS, BIAS, row=0, column=0, axes=axes)
    yield plotting.paddings_1d(X, W, {"Keras": "same", "PyTorch": 1}, stride=2, axes=axes)
    yield plotting.row_and_filter_1d(X, W, axes=axes)
    yield plotting.pooled_rows([[2, -1, 3, 0], [0, 0, -4, -5]], axes=axes)
    yield plotting.relu_and_pooling([2, -4, -1, 5, 0], [3, -1], axes=axes)
    yield plotting.stops_1d(12, 3, stride=2, padding=1, axes=axes)
    yield plotting.stored([(3, 3, 8, 16), (20, 10)], axes=axes)


BLOCKS = [("image", 32, 4, 0), ("convolution", 32, 16, 0), ("convolution", 32, 16, 0), ("sum", 32, 16, 1),
          ("pooling", 16, 16, 0), ("dense", 1, 2, 0)]  # fmt: skip


def for_both_widths():
    """Yield every figure that is drawn for a page and for a phone."""
    images = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    yield plotting.class_samples(images, np.arange(20) % 10, CLASSES, columns=2)
    yield plotting.weight_images({"with": np.zeros((3072, 10)), "without": np.ones((3072, 10))}, CLASSES)
    yield plotting.learning_curves([history(0), history(1)])
    yield plotting.seed_dots({"one-layer": [30, 32], "two-layer": [50]}, accent=["two-layer"])
    yield plotting.confusion(np.eye(10, dtype=int), CLASSES)
    yield plotting.accuracy_by_cost({"small": (1e6, [62.0, 63.0]), "large": (2e7, [86.0])})
    yield plotting.time_by_work(
        {"alone": [(0.03, 400), (24, 1800)], "in a batch": [(0.03, 2), (24, 200)]},
        labels=("million multiply-adds", "µs for an image"),
    )
    yield plotting.picture_grid([images[0], images[0, :, :, 0]], ["a", "b\nc"])
    yield plotting.receptive_fields_on_image(images[0], {"conv": (3, 1, -1), "pool": (34, 8, -13)})
    yield plotting.heat_on_images(images[:1], [np.eye(8)], ["airplane"])
    yield plotting.receptive_field_growth({"plain": [(3, 1)] * 3})
    yield plotting.cross_entropy_curve({"a coin": 0.5})
    yield plotting.loss_along_step(lambda rate: (rate - 1) ** 2, [0.5, 1.5])
    yield plotting.architectures({"a": BLOCKS}, {"test, %": {"a": "62.0 ± 1.0"}}, notes={"a": "one pair"})
    yield plotting.architectures({"a": BLOCKS}, {}, notes={"a": "one pair"}, parameters=[160, 0, 2320, 8194])


IMAGES = np.zeros((10, 32, 32, 3), np.uint8)


@pytest.mark.parametrize(
    ("figure", "arguments", "options", "message"),
    [
        ("windows_1d", (X, np.ones(9)), {}, "spans 9 cells"),
        ("volume_trace", (VOLUME, FILTERS, BIAS), {"row": 3, "column": 0}, "has 3 rows, 3 columns and 2 filters"),
        ("volume_trace", (VOLUME, FILTERS, BIAS), {"row": 0, "column": 3}, "has 3 rows, 3 columns and 2 filters"),
        ("volume_trace", (VOLUME, FILTERS, BIAS), {"row": 0, "column": 0, "filter": 2}, "and 2 filters"),
        ("volume_trace", (VOLUME, FILTERS, BIAS), {"row": -1, "column": 0}, "counted from 0; got row -1"),
        ("planes", (VOLUME, FILTERS[:, :, :2]), {}, "same channels"),
        ("planes", (VOLUME, FILTERS, BIAS[:1]), {}, "one bias for each of 2 filters"),
        ("flatten_orders", (VOLUME[0],), {}, "expected a volume"),
        ("depthwise", (VOLUME, FILTERS), {}, "expected a volume and filters"),
        ("depthwise", (VOLUME, FILTERS[:, :, :2, 0]), {}, "with the same channels"),
        ("planes", (VOLUME,), {"channels": ["R", "G"]}, "channels has 2 names"),
        ("normalise_channels", (np.zeros((4, 4)),), {}, r"expected an image .* shape \(4, 4\)"),
        ("normalise_channels", (np.zeros((0, 4, 3)),), {}, r"expected an image .* shape \(0, 4, 3\)"),
        ("normalise_channels", (np.full((2, 2, 3), np.nan),), {}, "expected finite values; 12 of 12"),
        ("weight_images", (np.zeros((3072, 9)), CLASSES), {}, "10 class names; got shape"),
        ("weight_images", (np.zeros((3070, 10)), CLASSES), {}, "10 class names; got shape"),
        ("weight_images", (np.zeros((32, 32, 1, 10)), CLASSES), {}, "10 class names; got shape"),
        ("weight_images", (np.zeros(3072), CLASSES), {}, "10 class names; got shape"),
        ("class_samples", (IMAGES, np.arange(10), CLASSES), {"columns": 2}, "airplane has 1 images, but 2 columns"),
        ("class_samples", (IMAGES, np.arange(9), CLASSES), {}, "10 images and 9 labels"),
        ("filter_images", (np.zeros((3, 3, 1, 8)),), {}, r"expected a kernel .*got shape \(3, 3, 1, 8\)"),
        ("signed_images", (np.zeros(4),), {}, r"expected finite maps .* shape \(4,\)"),
        ("signed_images", ([[np.inf]],), {}, "expected finite maps"),
        ("signed_images", (np.zeros((2, 2)), -1), {}, "largest must be at least 0; got -1"),
        ("heat_on_images", (IMAGES[:1], [np.zeros((3, 3))], ["a"]), {}, "cannot be divided"),
        ("heat_on_images", (IMAGES[:1], [np.zeros((8, 4))], ["a"]), {}, "cannot be divided"),
        ("heat_on_images", (IMAGES[:2], [np.zeros((8, 8))], ["a"]), {}, "each of 2 images; got 1 maps, 1 titles"),
        ("picture_grid", ([],), {}, "at least one image and a title for each or none"),
        ("picture_grid", ({"a": IMAGES[:1], "b": []},), {}, "at least one image"),
        ("picture_grid", ([np.zeros((2, 2))], ["a", "b"]), {}, "at least one image and a title for each or none"),
        ("learning_curves", ([],), {}, "at least one history"),
        ("learning_curves", ([history(0), {"accuracy": [0.1] * 4}],), {}, "history 1 has no 'val_accuracy'"),
        ("learning_curves", ([history(0), history(1, epochs=3)],), {}, r"same number .*, at least one; got \[3, 4\]"),
        ("seed_dots", ({"one-layer": [0.5], "two-layer": []},), {}, "two-layer"),
        ("seed_dots", ({},), {}, "at least one value for each recipe"),
        ("cross_entropy_curve", ({},), {}, "above 0 and at most 1; got {}"),
        ("cross_entropy_curve", ({"never": 0},), {}, "above 0 and at most 1; got {'never': 0}"),
        ("loss_along_step", (abs, []), {}, r"learning rates above 0; got \[\]"),
        ("loss_along_step", (abs, [0.1, 0]), {}, r"learning rates above 0; got \[0.1, 0\]"),
        ("relu_and_pooling", ([1, 2, 3], [1, 2]), {}, r"each of 1 windows; got an array of shape \(2,\)"),
        ("confusion", (np.zeros((9, 10)), CLASSES), {}, "10 x 10"),
        ("architectures", ({}, {}), {"notes": {}}, "at least one network"),
        ("architectures", ({"a": BLOCKS, "b": BLOCKS}, {}), {"notes": {}, "parameters": [1]}, "one network .*; got 2"),
        ("accuracy_by_cost", ({"large": (2e7, [])},), {}, "large"),
        ("accuracy_by_cost", ({"large": (2e7, [100.0])},), {}, "large: .* accuracies below 100; got"),
        ("accuracy_by_cost", ({"large": (0, [90.0])},), {}, "large: expected a cost above 0"),
        ("time_by_work", ({},), {"labels": ("a", "b")}, "at least one value for each way"),
        ("time_by_work", ({"a": [(1, 0)]},), {"labels": ("a", "b")}, "expected work and times above 0"),
    ],
)
def test_bad_input_is_refused_with_what_was_expected(figure, arguments, options, message):
    with pytest.raises(ValueError, match=message):
        getattr(plotting, figure)(*arguments, **options)


# The house rules, for every figure.


def test_each_figure_is_an_axes_of_its_own_outside_pyplot():
    modules = modules_after("""
from matplotlib.axes import Axes
from test_plotting import schematics
assert all(isinstance(drawn, Axes) for drawn in schematics())
""")
    assert "matplotlib" in modules
    assert not {"matplotlib.pyplot", "keras"} & modules


def test_each_figure_draws_into_the_axes_that_it_gets():
    axes = Figure().add_subplot()
    before = len(axes.get_children())
    for drawn in schematics(axes):
        assert drawn is axes
        assert len(axes.get_children()) > before
        axes.clear()


def draw(drawn):
    """Set the sizes of texts, so finely that the rounding of letters to pixels plays no part."""
    drawn.figure.set_dpi(1000)
    drawn.figure.draw_without_rendering()


def test_each_figure_is_transparent_and_fits_its_page():
    """No letters are too small or reach beyond their cell, and drawing changes no settings."""
    plotting.use()
    before = dict(matplotlib.rcParams)
    for drawn in schematics():
        assert drawn.figure.get_facecolor()[3] == 0
        assert drawn.figure.get_figwidth() <= style.WIDTH + 1e-9
        draw(drawn)
        cells = [patch.get_window_extent() for patch in drawn.patches if patch.get_label() in ROLES]
        middles = np.array([cell.corners().mean(axis=0) for cell in cells]).reshape(-1, 2)
        for text in filter(Text.get_text, drawn.texts):
            assert text.get_fontsize() >= style.SMALL_SIZE
            extent = text.get_window_extent()
            distances = np.abs(middles - extent.corners().mean(axis=0)).max(axis=1)
            for number in np.flatnonzero(distances < 0.5):
                assert extent.width < cells[number].width, text.get_text()
                assert extent.height < cells[number].height, text.get_text()
    assert dict(matplotlib.rcParams) == before


# Fill and line of each kind of patch of a schematic; a pair of fills where the channel decides.
CHANNELS = ("none", *(style.TINTS[name] for name in ("red", "green", "blue")))
ROLES = {
    "window": (("none",), "orange"),
    **dict.fromkeys(("weight", "bar", "copy"), ((style.TINTS["filter"],), "muted")),
    **dict.fromkeys(("output", "max", "average"), ((style.TINTS["output"],), "muted")),
    "seen": ((*CHANNELS, style.TINTS["output"]), "muted"),
    "product": (CHANNELS, "muted"),
    "plain": (CHANNELS, "muted"),
    "unseen": ((style.TINTS["grey"],), "muted"),
    **dict.fromkeys(("padding", "skipped", "does not fit", "sum"), (("none",), "muted")),
}


def test_a_colour_of_a_schematic_is_a_role():
    plotting.use()
    for drawn in schematics():
        for patch in drawn.patches:
            fills, edge = ROLES[patch.get_label()]
            assert patch.get_facecolor() in [to_rgba(fill) for fill in fills], patch.get_label()
            assert to_hex(patch.get_edgecolor()) == style.PALETTE[edge], patch.get_label()
            dashed = patch.get_linestyle() not in ("-", "solid")
            assert patch.get_hatch() or dashed == (patch.get_label() in ("padding", "skipped", "does not fit"))
        stops = [line for line in drawn.lines if line.get_label() == "stop"]
        assert {line.get_color() for line in stops} <= {style.PALETTE["orange"]}
        lines = {line.get_color() for line in drawn.lines if line not in stops}
        assert {to_hex(text.get_color()) for text in drawn.texts} | lines <= {
            style.PALETTE["ink"],
            style.PALETTE["muted"],
        }


@pytest.mark.parametrize(("stride", "padding"), SETTINGS_1D)
def test_each_row_of_the_practical_has_cells_of_full_size(stride, padding):
    axes = plotting.windows_1d(X, W, stride=stride, padding=padding)
    assert round(primitives.pixels_per_cell(axes)) == 36


def test_a_phone_shows_each_schematic_whole_with_plain_text():
    """Text that Matplotlib puts together, of lines or of formulas, falls apart in a page's typeface."""
    plotting.use()
    stack = [(3, 1), (2, 2), (3, 1)]
    for drawn in [*schematics(), plotting.receptive_field_1d(stack)]:
        draw(drawn)
        width = drawn.figure.get_tightbbox().width + 2 * style.MARGIN
        assert width <= style.NARROW + 1e-9
        artists = [*drawn.patches, *filter(Text.get_text, drawn.texts)]
        ink, page = Bbox.union([artist.get_window_extent() for artist in artists]), drawn.figure.bbox
        spare = np.array([ink.x0 - page.x0, ink.y0 - page.y0, page.x1 - ink.x1, page.y1 - ink.y1])
        assert abs(spare).max() < 7 * style.PIXEL * drawn.figure.dpi, spare  # cropped to its ink
        assert not re.findall(r"[\n$-]", "".join(texts(drawn)))


def test_texts_of_drawings_have_the_apostrophes_of_sentences():
    drawn = plotting.paddings_1d(X, W, {"Keras' rule": "same"})
    assert any("Keras’ rule" in text for text in texts(drawn))
    assert "TensorFlow’s" in words(plotting.seed_dots({"TensorFlow's": [1.0]}).wide, "row")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(-1.3333, "−1.33"), (-11.3333, "−11.3"), (0.25, "0.25"), (-7.0, "−7"), (1234, "1234"), (-12345.6, "−12346")],
)
def test_a_long_number_is_made_to_fit_its_cell(value, shown):
    plotting.use()
    axes = primitives.canvas(1, 1)
    primitives.value_cell(axes, 0, 0, value)
    draw(axes)
    assert texts(axes) == [shown]
    assert axes.texts[0].get_window_extent().width < axes.patches[0].get_window_extent().width


# Style.


def contrast(first, second):
    """Return the contrast of two colours after https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio."""
    rgb = np.array([first, second])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    darker, lighter = np.sort(linear @ [0.2126, 0.7152, 0.0722]) + 0.05
    return lighter / darker


THEMES = {"light": (style.PALETTE, style.TINTS, "#fffdfa"), "dark": (style.DARK, style.DARK, "#14181e")}


@pytest.mark.parametrize("theme", THEMES)
def test_colours_are_read_in_both_themes(theme):
    strong, fills, page = THEMES[theme]
    for name in set(style.PALETTE) - {"grid"}:
        assert contrast(to_rgb(strong[name]), to_rgb(page)) >= 4.5, name
    for name in style.TINTS:
        fill = to_rgb(fills[f"{name}-fill" if theme == "dark" else name])
        assert contrast(to_rgb(strong["ink"]), fill) >= 9, name
        assert contrast(fill, to_rgb(page)) >= (1.4 if theme == "dark" else 1.15), name


@pytest.mark.parametrize("name", ["blue", "orange", "red", "green"])
def test_the_dark_theme_keeps_each_colour_in_its_family_of_hues(name):
    light, dark = (colorsys.rgb_to_hsv(*to_rgb(palette[name]))[0] for palette in (style.PALETTE, style.DARK))
    assert min(abs(light - dark), 1 - abs(light - dark)) < 0.09


def saved(drawn):
    buffer = io.StringIO()
    drawn.figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def test_after_use_the_same_figure_gives_the_same_svg():
    plotting.use()
    first, second = (saved(plotting.windows_1d(X, W, stride=4, padding=1)) for _ in range(2))
    assert first == second
    assert ">never seen</text>" in first


def test_use_outside_a_notebook_starts_none():
    assert "IPython" not in modules_after("from cnnbook import plotting; plotting.use()")


def test_use_in_a_notebook_shows_figures_as_svg_even_after_pyplot_is_imported():
    run("""
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
from cnnbook import plotting
plotting.use()
from matplotlib_inline.config import InlineBackend
assert InlineBackend.instance().figure_formats == {"svg"}
drawn = plotting.receptive_field_1d([(3, 1)])
data, _ = shell.display_formatter.format(drawn.figure)
assert set(data) == {"image/svg+xml", "text/plain"}, set(data)
assert "<dc:date>" not in data["image/svg+xml"]
data, _ = shell.display_formatter.format(plotting.seed_dots({"a": [1, 2]}))
assert set(data) == {"image/svg+xml", "text/plain"}, set(data)
""")


# One dimension.


def test_a_row_and_a_filter_give_no_window_and_no_output_away():
    axes = plotting.row_and_filter_1d(X, W)
    assert [number_in(axes, cell) for cell in sorted(patches(axes, "plain"))] == list(X)
    assert values(axes, "weight") == list(W)
    assert patches(axes, "window") == patches(axes, "output") == []
    assert "never seen" not in texts(axes)


def test_max_pooling_and_relu_hand_the_gradient_back_where_a_value_came_through():
    """On the left the way there; on the right the way back, with the arrows upwards. -1 wins its window, and is cut."""
    y, told = [2, -4, -3, -1, 7], [3, -5]
    axes = plotting.relu_and_pooling(y, told)
    cells = sorted(patches(axes, "plain") + patches(axes, "unseen"), key=lambda box: (box[1], box[0]))
    rows = [[number_in(axes, cell) for cell in cells if cell[1] == top] for top in sorted({cell[1] for cell in cells})]
    assert rows == [[*y, 3, 0, 0, 0, 0], [2, 0, 0, 0, 7, 3, 0, -5, 0, 0], told]
    assert values(axes, "output") == [2, 0]
    assert len(patches(axes, "window")) == 4
    assert [number_in(axes, cell) for cell in patches(axes, "unseen")] == [7, 0]
    ends = [(note.xyann[1], note.xy[1], note.xy[0] < 5.5) for note in axes.texts if hasattr(note, "xyann")]
    assert len(ends) == 2 * (2 + 2)  # the positive cells of y, and the winners
    assert all((end > start) == is_there for start, end, is_there in ends)


@pytest.mark.parametrize(("stride", "padding", "dilation"), [*((*pair, 1) for pair in SETTINGS_1D), (1, 0, 2)])
def test_windows_stand_below_the_cells_they_see_and_the_rest_is_hatched(stride, padding, dilation):
    axes = plotting.windows_1d(X, W, stride=stride, padding=padding, dilation=dilation)
    row = sorted(patches(axes, "plain") + patches(axes, "padding") + patches(axes, "unseen"))
    assert [number_in(axes, cell) for cell in row] == list(np.pad(X, padding))
    edges = {cell[0]: position - padding for position, cell in enumerate(row)}
    windows = shapes.seen(len(X), len(W), stride=stride, padding=padding, dilation=dilation)
    assert [edges[cell[0]] for cell in patches(axes, "weight")] == [cell for window in windows for cell in window]
    assert len(patches(axes, "skipped")) == 2 * (dilation - 1) * len(windows)  # two gaps in each window
    assert values(axes, "weight") == list(W) * len(windows)
    frames, outputs = patches(axes, "window"), patches(axes, "output")
    assert [edges[frame[0]] for frame in frames] == [window[0] for window in windows]
    for frame, output in zip(frames, outputs, strict=True):
        assert np.isclose(frame[0] + frame[2] / 2, output[0] + output[2] / 2)
        assert frame[1] + frame[3] < output[1]
    assert len({output[1] for output in outputs}) == 1
    spread = np.kron(W, np.eye(1, dilation, dtype=int)[0])[: 2 * dilation + 1]  # with zeros in the gaps
    sums = np.correlate(np.pad(X, padding), spread, mode="valid")[::stride]  # NumPy's own, as an oracle
    assert values(axes, "output") == list(sums)

    unseen = sorted(set(edges.values()).difference(*windows))  # a cell of padding may be left over, too
    assert [edges[cell[0]] for cell in patches(axes, "unseen")] == unseen
    assert all(bool(patch.get_hatch()) == (patch.get_label() == "unseen") for patch in axes.patches)
    assert texts(axes).count("never seen") == len(primitives.runs(unseen))


@pytest.mark.parametrize("case", [(7, 3, 1), (7, 4, 1), (8, 3, 2), (7, 2, 1), (6, 2, 2), (9, 5, 2)])
def test_same_padding_shows_its_zeros_on_the_right_sides_and_windows_that_do_not_overlap(case):
    n, kernel_size, stride = case
    axes = plotting.same_padding_1d([case])
    before, after = shapes.same_padding(n, kernel_size, stride=stride)
    first = patches(axes, "plain")[0][0]
    sides = [cell[0] < first for cell in patches(axes, "padding")]
    assert (sides.count(True), sides.count(False)) == (before, after)
    assert len(patches(axes, "plain")) == n
    windows = patches(axes, "window")
    assert sorted(values(axes, "window")) == list(range(-(-n // stride)))
    share = f"{before} before, {after} after" if before + after else "no padding"
    assert texts(axes)[:2] == [f"{n} cells, kernel {kernel_size}, stride {stride}", f"{share}: {len(windows)} outputs"]
    names = [text for text in axes.texts if text.get_text().startswith("x")]
    assert {text.get_style() for text in names} == {"italic"}
    for (left, top, width, _), (right, other_top, *_) in itertools.pairwise(windows):
        assert top < other_top or left + width <= right


def test_cases_of_same_padding_stand_below_each_other():
    axes = plotting.same_padding_1d([(7, 3, 1), (5, 3, 1)])
    titles = [text.get_position()[1] for text in axes.texts if "kernel" in text.get_text()]
    assert titles == sorted(titles)
    rows = [cell[1] for cell in patches(axes, "plain")]
    assert titles[0] < rows[0] < max(y for _, y, *_ in patches(axes, "window")[:7]) < titles[1] < rows[-1]
    assert (rows.count(rows[0]), rows.count(rows[-1])) == (7, 5)


def test_the_line_to_an_output_spares_the_cells_that_a_window_skips():
    axes = plotting.windows_1d(X, W, dilation=2)
    for (x, start), (_, stop) in curves(axes, "leads to"):
        for left, top, width, height in patches(axes, "skipped"):
            assert not (left < x < left + width and start < top + height and stop > top)
    ends = {x: max(y for line in curves(axes, "leads to") for place, y in line if place == x)
            for ((x, _), _) in curves(axes, "leads to")}  # fmt: skip
    assert len(ends) == 3
    assert set(ends.values()) == {patches(axes, "output")[0][1]}


def test_a_digit_has_its_middle_where_that_of_its_cell_is():
    """On a page digits are those of Source Sans 3, 0.66 ems high."""
    axes = primitives.canvas(1, 1)
    primitives.value_cell(axes, 0, 0, 8)
    (text,) = axes.texts
    assert text.get_verticalalignment() == "baseline"
    (_, base), (_, middle) = text.get_transform().transform((0, 0.5)), axes.transData.transform((0, 0.5))
    assert (middle - base) / (text.get_fontsize() * axes.figure.dpi / 72) == pytest.approx(0.66 / 2)


layers_drawn = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 2)), min_size=1, max_size=3)


@drawing
@given(layers_drawn)
def test_the_lowest_row_spans_the_receptive_field(layers):
    axes = plotting.receptive_field_1d(layers)
    seen = patches(axes, "seen")
    lowest = [cell for cell in seen if cell[1] == max(cell[1] for cell in seen)]
    pitch = lowest[0][2]
    assert round((lowest[-1][0] - lowest[0][0]) / pitch) + 1 == shapes.receptive_field(layers).size
    assert f"input: {len(lowest)} cell{'s' * (len(lowest) > 1)} seen" in texts(axes)
    ((*_, width, _),) = patches(axes, "window")
    assert np.isclose(width / pitch, shapes.receptive_field(layers).size)


def test_each_cell_is_joined_with_the_cells_it_reads():
    axes = plotting.receptive_field_1d([(3, 1), (3, 1)])
    assert len(patches(axes, "seen")) == 1 + 3 + 5
    assert len(curves(axes, "reads")) == 3 + 9
    axes = plotting.receptive_field_1d([(2, 2), (2, 1, 2)])  # the second layer reads two cells that are not neighbours
    rows = [cell[1] for cell in patches(axes, "seen")]
    assert [rows.count(y) for y in sorted(set(rows))] == [1, 2, 4]


def test_the_loss_of_a_probability_is_minus_its_logarithm():
    for drawing in both(plotting.cross_entropy_curve({"a coin": 0.5, "sure": 1, "wrong": 0.01})):
        probability, loss = across(drawing), upright(drawing)
        (curve,) = found(drawing, "loss")
        x, y = points(curve).T
        assert np.allclose(probability(x), np.exp(-loss(y)), atol=0.005)
        dots = [(probability(float(dot.get("cx"))), loss(float(dot.get("cy")))) for dot in found(drawing, "point")]
        assert np.allclose(dots, [(0.5, np.log(2)), (1, 0), (0.01, np.log(100))], atol=0.02)
        assert words(drawing, "label") == ["a coin, 0.5: 0.69", "sure, 1: 0.00", "wrong, 0.01: 4.61"]


def test_the_loss_after_a_step_is_read_at_its_learning_rate():
    for drawing in both(plotting.loss_along_step(lambda rate: 2 * (rate - 1) ** 2, [0.5, 1.5])):
        rate, loss = across(drawing), upright(drawing)
        (curve,) = found(drawing, "loss")
        x, y = points(curve).T
        assert np.allclose(loss(y), 2 * (rate(x) - 1) ** 2, atol=0.02)
        dots = [(rate(float(dot.get("cx"))), loss(float(dot.get("cy")))) for dot in found(drawing, "step")]
        assert np.allclose(dots, [(0, 2), (0.5, 0.5), (1.5, 0.5)], atol=0.02)
        assert words(drawing, "label") == ["before: 2.00", "0.5: 0.50", "1.5: 0.50"]
        for label, dot in zip(found(drawing, "label"), found(drawing, "step"), strict=True):
            left, top, right, bottom = around(label)
            assert not left < float(dot.get("cx")) < right
            assert not any(left < at < right and top < height < bottom for at, height in zip(x, y, strict=True))


@pytest.mark.parametrize(
    "probabilities",
    [
        {"sure and wrong": 0.01, "a guess among ten": 0.1, "a coin": 0.5, "sure and right": 0.99},  # of the page
        {"a coin": 0.5, "another coin": 0.5, "a third coin": 0.52, "sure and right": 0.99, "certain and right": 1},
    ],
)
def test_a_name_of_a_loss_lies_on_no_other_and_not_on_the_curve(probabilities):
    for drawing in both(plotting.cross_entropy_curve(probabilities)):
        labels = found(drawing, "label")
        for one, other in itertools.combinations(labels, 2):
            assert not overlap(around(one), around(other)), (one.text, other.text)
        (curve,) = found(drawing, "loss")
        dots = [float(dot.get("cx")) for dot in found(drawing, "point")]
        for label, dot in zip(labels, dots, strict=True):
            left, top, right, bottom = around(label)
            assert left - 10 < dot < right
            assert not any(left < x < right and top - 1 < y < bottom + 1 for x, y in points(curve))
    (leader, *_) = found(drawing, "leader")  # on a phone, from a name that others have lifted
    assert points(leader)[0, 0] in dots


def test_growth_plots_the_size_behind_each_layer():
    stacks = {"a": [(3, 1)] * 3, "b": [(3, 1), (2, 2), (3, 1)]}
    for drawing in both(plotting.receptive_field_growth(stacks)):
        value = upright(drawing)
        first, second = found(drawing, "growth")
        sizes = [value(points(line)[:, 1]) for line in (first, second)]
        assert np.allclose(sizes, [[1, 3, 5, 7], [1, 3, 4, 8]], atol=0.05)
        assert ["stroke-dasharray" in line.get("style") for line in (first, second)] == [False, True]
        assert words(drawing, "label") == ["a", "7 cells", "b", "8 cells"]


def test_paddings_leave_the_input_where_it_is_and_move_the_windows():
    row = np.arange(1, 9)
    axes = plotting.paddings_1d(row, [0, 1, 0], {"Keras": "same", "PyTorch": 1}, stride=2)
    assert [text for text in texts(axes) if "before" in text] == [
        "Keras: 0 before, 1 after",
        "PyTorch: 1 before, 1 after",
    ]
    cells = patches(axes, "plain")
    columns = [cell[0] for cell in cells[:8]]
    assert [cell[0] for cell in cells[8:]] == columns
    assert values(axes, "plain") == [*row, *row]
    assert [cell[0] - columns[0] for cell in patches(axes, "padding")] == [8, -1, 8]
    assert values(axes, "output") == [2, 4, 6, 8, 1, 3, 5, 7]
    for output in patches(axes, "output"):  # the kernel copies the middle of its window
        assert number_in(axes, output) == output[0] - columns[0] + 1


def test_a_pooled_row_stands_beside_the_row_and_below_the_numbers_of_its_cells():
    rows = [[2, -1, 3, 0, 9], [0, 0, -4, -5, 9]]
    axes = plotting.pooled_rows(rows)
    assert values(axes, "plain") == [*rows[0], *rows[1]]
    assert values(axes, "output") == [2, 3, 0, -4]
    assert [window[:2] for window in patches(axes, "window")] == [
        (column, row[1]) for row in patches(axes, "plain")[::5] for column in (0, 2)
    ]
    assert texts(axes)[:6] == [*"01234", "max"]


# What is counted.


_COUNTED = re.compile(
    r"^:answer: (.*)\n(?::[a-z]+: .*\n)*?:picture: (plotting\.(?:stops_1d|stored)\(.*)$", re.MULTILINE
)


@pytest.mark.parametrize(("n", "kernel_size", "stride", "padding"), [(32, 3, 2, 0), (28, 5, 3, 1), (12, 3, 2, "same")])
def test_every_stop_has_a_bracket_as_wide_as_its_window(n, kernel_size, stride, padding):
    axes = plotting.stops_1d(n, kernel_size, stride=stride, padding=padding)
    cells = patches(axes, "plain") + patches(axes, "padding") + patches(axes, "unseen")
    unit = cells[0][2]
    windows = shapes.seen(n, kernel_size, stride=stride, padding=padding)
    before, after = shapes.resolve_padding(padding, n, kernel_size, stride=stride)
    assert len(cells) == before + n + after
    assert [min(x for x, _ in curve) / unit for curve in curves(axes, "stop")] == pytest.approx(
        [before + window[0] for window in windows], abs=0.2
    )
    assert f": {len(windows)} stops" in texts(axes)[-1]


def test_of_many_stops_the_first_three_and_the_last_are_drawn_and_all_are_counted():
    axes = plotting.stops_1d(32, 5)
    assert len(curves(axes, "stop")) == 4
    assert texts(axes) == ["…", "32 cells: 28 stops"]
    assert max(x for x, _ in curves(axes, "stop")[-1]) == pytest.approx(patches(axes, "plain")[-1][0], abs=12)
    with pytest.raises(ValueError, match="66 cells with their padding; at most 64"):
        plotting.stops_1d(64, 3, padding=1)


@pytest.mark.parametrize(
    ("n", "kernel_size", "stride", "padding"), [(32, 5, 1, 0), (28, 5, 3, 1), (5, 3, 2, 0), (3, 3, 1, 0)]
)
def test_begun_stops_are_the_first_ones_and_never_all_of_several(n, kernel_size, stride, padding):
    whole, begun = (
        plotting.stops_1d(n, kernel_size, stride=stride, padding=padding, begun=begun) for begun in (False, True)
    )
    places = len(shapes.seen(n, kernel_size, stride=stride, padding=padding))
    assert curves(begun, "stop") == curves(whole, "stop")[: max(1, min(3, places - 1))]
    assert not patches(begun, "unseen")
    assert texts(begun) == [re.sub(r": .*", ", and the first stops", texts(whole)[-1])]


_ASKED = re.compile(r"^:::\{quiz\} (?:number|shape)\n((?::[a-z-]+: .*\n)+)((?s:.*?))\n\n- `", re.MULTILINE)


@pytest.mark.parametrize("page", sorted(BOOK.rglob("*.md")), ids=lambda page: page.stem)
def test_a_begun_picture_does_not_give_the_answer_away(page):
    """It shows no number of the answer that the question has not said."""
    for lines, question in _ASKED.findall(page.read_text("utf-8")):
        options = dict(re.findall(r"^:([a-z-]+): (.*)$", lines, re.MULTILINE))
        if "begun" in options or not options.get("picture", "").startswith(("plotting.stops_1d", "plotting.stored")):
            continue
        axes = evaluate(f"{options['picture'][:-1]}, begun=True)")
        said = {number for text in texts(axes) for number in re.findall(r"[\d,]*\d", text)}
        answer = {f"{size:,}" for size in np.ravel(evaluate(options["answer"]))}
        assert not said & answer - set(re.findall(r"\d+", question)), options["label"]


def test_what_layers_store_is_drawn_as_one_filter_and_counted_as_shapes_does():
    axes = plotting.stored([(3, 3, 2, 16), (20, 10)])
    assert len(patches(axes, "weight")) == 3 * 3 * 2 + 1 + 10 + 1  # ten weights of a unit are drawn
    conv, dense = shapes.conv_parameters(3, 2, 16), shapes.dense_parameters(20, 10)
    assert texts(axes)[-1] == f"{conv} + {dense} = {conv + dense}"
    plain = plotting.stored([(3, 3, 64, 64)], bias=False)
    assert len(patches(plain, "weight")) == 3 * 3 * 4
    assert texts(plain)[-1].endswith(f" = {shapes.conv_parameters(3, 64, 64, bias=False):,}")
    assert ["…" in texts(plotting.stored([layer])) for layer in [(3, 3, 4, 2), (3, 3, 5, 2), (10, 2), (11, 2)]] == [
        *(False, True, False, True)
    ]
    with pytest.raises(ValueError, match=r"expected \(height, width, depth, filters\) or .* got \(3, 3, 16\)"):
        plotting.stored([(3, 3, 16)])


def test_pictures_of_what_is_counted_end_with_the_answer_of_their_question():
    pages = BOOK.rglob("*.md")
    found = [pair for page in pages for pair in _COUNTED.findall(page.read_text("utf-8"))]
    assert len(found) > 15
    for answer, picture in found:
        value = evaluate(answer)
        foot = texts(evaluate(picture))[-1]
        assert f"{value[0] if isinstance(value, tuple) else value:,}" in re.findall(r"[\d,]*\d", foot), (answer, foot)


# Volumes.


MAPS = [[[9, 8, 8], [5, 6, 8], [8, 6, 10]], [[3, 0, 0], [1, 3, -1], [0, 0, 0]]]  # worked by hand


@pytest.mark.parametrize(
    ("row", "column", "filter", "stride"), [(0, 0, 0, 1), (2, 2, 0, 1), (1, 2, 1, 1), (2, 0, 1, 1), (1, 0, 0, 2)]
)
def test_the_trace_shows_the_window_its_products_and_what_they_add_up_to(row, column, filter, stride):
    axes = plotting.volume_trace(VOLUME, FILTERS, BIAS, row=row, column=column, filter=filter, stride=stride)
    top, left = row * stride, column * stride
    window = VOLUME[top : top + 2, left : left + 2]
    assert values(axes, "seen") == np.moveaxis(window, 2, 1).ravel().tolist()
    assert values(axes, "weight") == np.moveaxis(FILTERS[..., filter], 2, 1).ravel().tolist()
    plane = [cell for cell in patches(axes, "plain") + patches(axes, "seen") if cell[1] < patches(axes, "weight")[0][1]]
    x, y = min(plane)[:2]
    assert np.allclose(patches(axes, "window")[0], (x + left, y + top, 2, 2))
    assert len(patches(axes, "window")) == 3

    products = window * FILTERS[..., filter]
    assert values(axes, "product") == np.moveaxis(products, 2, 1).ravel().tolist()
    for weight, product in zip(patches(axes, "weight"), patches(axes, "product"), strict=True):
        assert weight[0] == product[0]
        assert weight[1] < product[1]
    assert values(axes, "sum") == products.sum(axis=(0, 1)).tolist()
    total = products.sum() + BIAS[filter]
    assert values(axes, "output") == [total]
    assert any(text.endswith(f"= {primitives.number(total)}") and "bias" in text for text in texts(axes))

    map_ = [cell for cell in patches(axes, "plain") if cell[1] > patches(axes, "sum")[0][1]] + patches(axes, "output")
    map_ = sorted(map_, key=lambda cell: (cell[1], cell[0]))
    expected = np.array(MAPS[filter])[::stride, ::stride]
    assert [number_in(axes, cell) for cell in map_] == expected.ravel().tolist()
    assert map_.index(patches(axes, "output")[0]) == np.ravel_multi_index((row, column), expected.shape)


def test_a_map_of_a_depthwise_convolution_stands_below_its_plane_and_filter():
    filters = FILTERS[..., 0]
    axes = plotting.depthwise(VOLUME, filters)
    lowest = patches(axes, "weight")[-1][1]
    maps = sorted(cell for cell in patches(axes, "plain") + patches(axes, "output") if cell[1] > lowest)
    for channel, window in enumerate(patches(axes, "window")):
        of_channel = [cell for cell in maps if window[0] <= cell[0] < window[0] + VOLUME.shape[1]]
        plane, weights = VOLUME[..., channel], filters[..., channel]
        windows = [plane[row : row + 2, column : column + 2] for column in range(3) for row in range(3)]
        assert [number_in(axes, cell) for cell in of_channel] == [(part * weights).sum() for part in windows]
    assert values(axes, "output") == (VOLUME[:2, :2] * filters).sum((0, 1)).tolist()


def test_planes_show_every_number_once():
    axes = plotting.planes(VOLUME, FILTERS, BIAS)
    assert sorted(values(axes, "plain")) == sorted(VOLUME.ravel())
    assert sorted(values(axes, "weight")) == sorted(FILTERS.ravel())
    assert values(axes, "plain")[:12] == VOLUME[0].T.ravel().tolist()  # R, G and B side by side
    assert "filter 2, 2×2×3, bias −1" in texts(axes)


def test_flattened_rows_are_those_of_both_libraries():
    volume = np.arange(12).reshape(2, 3, 2)
    shown = values(plotting.flatten_orders(volume), "plain")
    assert shown[12:24] == volume.ravel().tolist()
    assert shown[24:] == np.moveaxis(volume, -1, 0).ravel().tolist()


# Pictures.


@given(arrays(np.float64, array_shapes(min_dims=3, max_dims=3, max_side=5),
              elements=st.floats(allow_nan=False, allow_infinity=False)))  # fmt: skip
def test_each_channel_is_stretched_to_the_whole_range(image):
    stretched = plotting.normalise_channels(image)
    assert stretched.dtype == np.uint8
    assert stretched.shape == image.shape
    for before, after in zip(np.moveaxis(image, -1, 0), np.moveaxis(stretched, -1, 0), strict=True):
        if before.min() == before.max():
            assert (after == 128).all()
        elif after.min() != after.max():
            assert (after.min(), after.max()) == (0, 255)
            order = np.argsort(before, axis=None, kind="stable")
            assert (np.diff(after.ravel()[order].astype(int)) >= 0).all()
        else:  # differences lost beside a value many orders of magnitude larger
            assert (after == 128).all()


@given(st.floats(1e-3, 1e3), st.floats(-1e3, 1e3), st.integers(0, 2))
def test_scale_and_offset_of_one_channel_change_nothing(scale, offset, channel):
    image = np.random.default_rng(0).integers(-20, 20, size=(4, 4, 3)).astype(float)
    changed = image.copy()
    changed[..., channel] = scale * image[..., channel] + offset
    difference = plotting.normalise_channels(changed).astype(int) - plotting.normalise_channels(image)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("largest", [1.7e308, 1e-300])
def test_no_size_of_the_values_overflows(largest):
    stretched = plotting.normalise_channels(largest * np.array([-1.0, 0.0, 1.0]).reshape(3, 1, 1))
    assert stretched.ravel().tolist() == [0, 128, 255]


def test_weight_images_hold_the_weights_of_their_class():
    kernel = np.random.default_rng(0).normal(size=(8, 8, 3, 10))
    figure = plotting.weight_images({"with L2": kernel.reshape(192, 10), "without": -kernel}, CLASSES)
    for drawing, rows in zip(both(figure), (2, 3), strict=True):
        expected = [plotting.normalise_channels(sign * kernel[..., index]) for index in range(10) for sign in (1, -1)]
        assert np.array_equal(np.array(pixels(drawing)), expected)
        assert words(drawing, "title") == CLASSES
        assert words(drawing, "row") == ["with L2", "without"] * rows


def test_samples_stand_below_the_name_of_their_class():
    labels = np.arange(60) % 10
    images = np.broadcast_to(np.arange(60, dtype=np.uint8)[:, None, None, None], (60, 32, 32, 3))
    for drawing in both(plotting.class_samples(images, labels[:, None], CLASSES, columns=4)):
        shown = np.array([image[0, 0, 0] for image in pixels(drawing)]).reshape(10, 4)
        assert np.array_equal(shown, [[label + 10 * column for column in range(4)] for label in range(10)])
        assert words(drawing, "group") == CLASSES
        for name, (x, y, _) in zip(found(drawing, "group"), places(drawing)[::4], strict=True):
            assert x == float(name.get("x"))
            assert 0 < y - float(name.get("y")) < 10


def test_a_grid_shows_each_picture_below_its_title_enlarged_by_a_whole_number():
    pictures = [np.full((32 // 2 ** (value % 3), 32 // 2 ** (value % 3), 3), value, np.uint8) for value in range(9)]
    for drawing, columns in zip(both(plotting.picture_grid(pictures, list("abcdefghi"))), (8, 4), strict=True):
        assert [image[0, 0, 0] for image in pixels(drawing)] == list(range(9))
        assert words(drawing, "title") == list("abcdefghi")
        boxes = places(drawing)
        for (x, y, zoom), title, picture in zip(boxes, found(drawing, "title"), pictures, strict=True):
            assert zoom * len(picture) == 64
            assert (float(title.get("x")), float(title.get("y"))) == (x, y - 7)
        assert [y for _, y, _ in boxes] == sorted(y for _, y, _ in boxes)
        assert [x for x, *_ in boxes][:columns] == [68 * column for column in range(columns)]
        assert boxes[columns][0] == 0


def test_fewer_pictures_stand_in_a_row_where_their_titles_would_run_into_each_other():
    pictures, title = [np.zeros((32, 32, 3), np.uint8)] * 8, "automobile or truck"
    for drawing, columns in zip(both(plotting.picture_grid(pictures, [title] * 8)), (4, 2), strict=True):
        starts = [x for x, *_ in places(drawing)]
        assert starts.index(0, 1) == columns
        assert starts[1] >= svg.text_width(title, svg.SMALL)


def test_a_map_is_grey_from_black_to_white_and_a_repeated_image_is_stored_once():
    ramp, flat = np.array([[1.0, 3.0], [2.0, 5.0]]), np.full((2, 2), 7.0)
    figure = plotting.picture_grid({"maps": [ramp, flat, ramp]})
    ramp_shown, flat_shown, again = pixels(figure.wide)
    assert ramp_shown.tolist() == again.tolist() == [[0, 136], [68, 255]]  # steps of 17
    assert flat_shown.tolist() == [[0, 0], [0, 0]]
    assert figure._repr_svg_().count("<image ") == 2


@pytest.mark.parametrize("theme", THEMES)
def test_the_rim_of_a_map_is_seen_on_a_page(theme):
    """Black ends on a dark page, and white on a light one, at a line that is told from both."""
    figure = plotting.picture_grid([np.eye(4), np.zeros((4, 4, 3), np.uint8)])
    for drawing in both(figure):
        (edge,) = found(drawing, "edge")
        assert len(edge.get("d").split("M")) == 1 + 1  # around the map, not the photograph
        look = dict(part.split(": ") for part in edge.get("style").split("; "))
        (name,) = [name for name, color in style.PALETTE.items() if color == look["stroke"]]
        palette, _, page = THEMES[theme]
        share = float(look["opacity"])
        line = share * np.array(to_rgb(palette[name])) + (1 - share) * np.array(to_rgb(page))
        rim = (1, 1, 1) if theme == "light" else (0, 0, 0)
        assert min(contrast(line, to_rgb(page)), contrast(line, rim)) >= 2.5


def test_the_bright_rims_of_the_maps_come_from_the_padding():
    """On the photograph of the page, and with its border repeated in place of the zeros, no map is brightest there."""
    kernel, bias = (np.array(part) for part in experiments.recorded_filters("simple-cnn", "conv").values())
    image = data.sample().images[11] / 255
    rim = np.pad(np.zeros((30, 30), bool), 1, constant_values=True)
    brightest = []
    for mode in ("constant", "edge"):
        padded = np.pad(image, ((1, 1), (1, 1), (0, 0)), mode=mode)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))
        maps = np.maximum(0, np.einsum("yxcij,ijcf->yxf", windows, kernel) + bias)
        brightest.append(np.count_nonzero(maps[rim].max(axis=0) > maps[~rim].max(axis=0)))
    assert brightest[0] > 16
    assert brightest[1] == 0


def test_the_two_groups_of_filters_are_told_apart_by_their_colour():
    """On the page the first group is the larger one, and no filter lies near the border between the two."""
    names = {"experiments": experiments, "np": np}
    cells = [cell.source for cell in code_cells("experiments/simple-cnn.md")]
    (shares,) = [cell for cell in cells if "share = colour" in cell]
    kernel = np.array(experiments.recorded_filters("simple-cnn", "conv")["kernel"])
    exec(shares[shares.index("grey =") :], names | {"kernel": kernel}, names)
    (drawn,) = [cell for cell in cells if "groups = {" in cell]
    exec(drawn, names | {"kernel": kernel, "plotting": plotting}, names)
    less, plain, more = names["groups"].values()
    assert len(less) > len(more) > 4
    assert np.ptp(plain, axis=-1).max() == 0  # grey
    assert np.abs(names["share"] - 0.5).min() > 0.02


def test_a_filter_is_grey_where_it_is_zero_and_keeps_its_signs():
    kernel = np.zeros((2, 2, 3, 2))
    kernel[0, 1, 2, 0], kernel[1, 1, 0, 0] = 0.5, -0.25
    first, second = plotting.filter_images(kernel)
    assert (first[0, 1, 2], first[1, 1, 0], first[0, 0, 0]) == (255, 64, 128)
    assert np.all(second == 128)  # an empty filter


def test_a_map_with_a_sign_is_grey_at_zero_blue_below_and_orange_above():
    maps = np.array([[[-4.0, 0.0], [0.0, 2.0]], [[0.0, 0.0], [0.0, 1.0]]])
    first, second = plotting.signed_images(maps)
    assert first[0, 0].tolist() == [8, 40, 96]
    assert first[0, 1].tolist() == second[0, 0].tolist() == [128, 128, 128]
    assert first[1, 1, 0] > second[1, 1, 0] > 128 > second[1, 1, 2] - 16  # one scale for all maps
    assert plotting.signed_images(maps, 1)[0, 1, 1].tolist() == [255, 214, 140]  # beyond the largest
    assert (plotting.signed_images(np.zeros((2, 2))) == 128).all()


def test_heat_is_outlined_where_it_is_at_least_half_of_the_highest():
    image = np.full((8, 8, 3), 100, np.uint8)
    heat = [[0, 2, 1], [0, 0.9, 0], [0, 0, 0]]
    hot = plotting.heat_on_images([image[:6, :6]] * 2, [heat, np.zeros((3, 3))], ["a", "b"]).wide
    (x, y, zoom), _ = places(hot)
    ends = (points(found(hot, "frame")[0]) - np.array([x, y])) / zoom
    lines = sorted(sorted(pair) for pair in zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True))
    top, right = 1.25 / zoom, 6 - 1.25 / zoom  # inside the border of the image
    expected = [[(2, top), (2, 2)], [(2, top), (right, top)], [(2, 2), (right, 2)], [(right, top), (right, 2)]]
    assert np.allclose(lines, sorted(expected), atol=0.01)
    inside = np.kron(np.array(heat) >= 1, np.ones((2, 2))) > 0
    assert np.all(
        pixels(hot)[0] == np.where(inside, 100, 60)[..., np.newaxis]
    )  # the photograph; what is outside is dimmed


def test_fields_are_framed_where_the_middle_cell_sees_and_cut_at_the_border():
    image = np.zeros((32, 32, 3), np.uint8)
    figure = plotting.receptive_fields_on_image(image, {"a": (3, 1, -1), "b": (34, 8, -13)})
    for drawing in both(figure):
        frames = []
        for (x, y, zoom), frame in zip(places(drawing), found(drawing, "frame"), strict=True):
            corners = (points(frame) - np.array([x, y])) / zoom
            frames.append((corners.min(axis=0).round(2).tolist(), corners.max(axis=0).round(2).tolist()))
            edge = round(32 - 1.25 / zoom, 2)
        assert frames[0] == ([15, 15], [18, 18])  # cell 16 of 32 sees 15 to 17
        assert frames[1] == ([3, 3], [edge, edge])  # cell 2 of 4 sees 3 to 36, and the image ends at 32
        assert words(drawing, "title") == ["a", "3×3", "b", "34×34"]


# Recorded runs.


@pytest.mark.parametrize(("quantity", "scale"), [("accuracy", 100), ("loss", 1)])
def test_curves_are_the_seeds_and_their_mean(quantity, scale):
    histories = [history(seed) for seed in range(3)]
    for drawing in both(plotting.learning_curves(histories, quantity=quantity)):
        value = upright(drawing)
        for name, key in (("training", quantity), ("validation", f"val_{quantity}")):
            seeds = [scale * np.array(run[key]) for run in histories]
            shown = [value(points(line)[:, 1]) for line in found(drawing, f"{name} seed")]
            assert np.allclose(shown, seeds, atol=0.005 * scale)
            (mean,) = [value(points(line)[:, 1]) for line in found(drawing, name)]
            assert np.allclose(mean, np.mean(seeds, axis=0), atol=0.005 * scale)
        (training,), (validation,) = found(drawing, "training"), found(drawing, "validation")
        assert "stroke-dasharray" in training.get("style")
        assert "stroke-dasharray" not in validation.get("style")
        assert words(drawing, "label") == ["training", "validation"]
        assert words(drawing, "title") == [quantity + " (%)" * (scale == 100), "epoch"]
        assert {*words(drawing, "tick")} >= {"1", "2", "3", "4"}


@pytest.mark.parametrize(
    ("quantity", "title"),
    [("categorical_crossentropy", "cross-entropy"), ("top_5_accuracy", "top 5 accuracy (%)")],
)
def test_a_chart_speaks_the_words_of_the_book(quantity, title):
    runs = [{quantity: [0.2, 0.1], f"val_{quantity}": [0.2, 0.15]}]
    assert title in words(plotting.learning_curves(runs, quantity=quantity).wide, "title")


def test_labels_of_curves_that_end_together_do_not_touch():
    flat = {"accuracy": [0.1, 0.5], "val_accuracy": [0.2, 0.5]}
    for drawing in both(plotting.learning_curves([flat])):
        first, second = (float(text.get("y")) for text in found(drawing, "label"))
        assert abs(first - second) == pytest.approx(15)


def test_one_epoch_is_drawn_as_a_dot():
    drawing = plotting.learning_curves([history(0, epochs=1)]).wide
    assert [element.tag for element in found(drawing, "training")] == ["path", "circle"]
    assert words(drawing, "tick")[-1] == "1"


def test_a_row_shows_each_seed_the_mean_and_its_interval():
    runs = {"one-layer": [30.0, 32.0, 34.0], "two-layer": [50.0], "gap": [-1.0, 1.0, -3.0]}
    mean, low, high, _ = intervals.interval(runs["one-layer"])
    for drawing in both(plotting.seed_dots(runs, label="difference", unit="points", accent=["two-layer"])):
        assert words(drawing, "row") == list(runs)
        assert words(drawing, "number") == [f"{mean:.1f} [{low:.1f}, {high:.1f}]", "50.0", "−1.0 [−6.0, 4.0]"]
        value = across(drawing)
        seeds = value([float(dot.get("cx")) for dot in found(drawing, "seed")])
        assert np.allclose(seeds, [seed for those in runs.values() for seed in sorted(those)], atol=0.1)
        first, _ = found(drawing, "interval")  # of one seed there is none
        ends = value([float(first.get("x")), float(first.get("x")) + float(first.get("width"))])
        assert np.allclose(ends, [low, high], atol=0.1)
        assert np.allclose(value([points(line)[0, 0] for line in found(drawing, "mean")]), [32, 50, -1], atol=0.1)
        assert words(drawing, "title") == ["difference (points)"]
        assert words(drawing, "head") == ["mean [95 %]"]
        (head,), (number, *_) = found(drawing, "head"), found(drawing, "number")
        assert head.get("x") == number.get("x")
        assert 12 < float(number.get("y")) - float(head.get("y")) < 30
        (title,), ticks = found(drawing, "title"), found(drawing, "tick")
        assert title.get("text-anchor") == "end"
        assert all(float(title.get("y")) - float(tick.get("y")) >= 15 for tick in ticks)
        accented = [text.text for text in found(drawing, "row") if style.PALETTE["orange"] in text.get("style", "")]
        assert accented == ["two-layer"]


@pytest.mark.parametrize("values", [[-1.0, 1.0, -3.0], [13.0, 14.0, 16.0], [-4.0, -3.5]])
def test_an_axis_of_differences_contains_zero_and_has_a_line_there(values):
    for drawing in both(plotting.seed_dots({"gap": values}, label="difference", unit="points")):
        (zero,) = found(drawing, "zero")
        assert "0" in words(drawing, "tick")
        assert np.allclose(across(drawing)(points(zero)[:, 0]), 0, atol=0.1)
    assert not found(plotting.seed_dots({"one-layer": [30.0, 32.0]}).wide, "zero")


def test_a_single_seed_has_a_mean_and_no_interval():
    for drawing in both(plotting.seed_dots({"one": [50.0], "another": [60.0]})):
        assert words(drawing, "head") == ["mean"]
        assert not found(drawing, "interval")


def ends_of_the_book(split):
    recipes = [*experiments.SHALLOW, *experiments.DEEPER, experiments.SIMPLE_CNN, experiments.SIMPLE_CNN_SGD]
    trials = experiments.TUNING if split == "valid" else []
    return {recipe.name: experiments.accuracies(recipe.name, split) for recipe in [*recipes, *trials]}


@pytest.mark.parametrize(
    "rows",
    [
        lambda: {"one": [50.0] * 5, "another": [50.0, 50.01, 50.02, 90.0, 50.0]},
        lambda: ends_of_the_book("test"),
        lambda: ends_of_the_book("valid"),
    ],
    ids=["seeds that coincide", "rows of test", "rows of validation"],
)
def test_seeds_stand_above_the_bar_and_the_mean_of_their_row_and_touch_nothing(rows):
    rows, radius = rows(), 1.9
    for drawing in both(plotting.seed_dots(rows)):
        seeds = np.array([(float(dot.get("cx")), float(dot.get("cy"))) for dot in found(drawing, "seed")])
        assert min(itertools.starmap(math.dist, itertools.combinations(seeds, 2))) > 2 * radius
        places = across(drawing)(seeds[:, 0] + np.array([[-2 * radius - 0.1], [2 * radius + 0.1]]))
        true = np.concatenate([np.sort(values) for values in rows.values()])
        assert np.all((places[0] <= true) & (true <= places[1]))  # none moves by more than its diameter
        before = -math.inf
        piles = np.split(seeds, np.cumsum([len(values) for values in rows.values()])[:-1])
        for bar, mean, pile in zip(found(drawing, "interval"), found(drawing, "mean"), piles, strict=True):
            tick, bar_top = points(mean)[:, 1], float(bar.get("y"))
            assert tick.mean() == pytest.approx(bar_top + float(bar.get("height")) / 2)  # on one line
            assert before < pile[:, 1].min() - radius
            assert pile[:, 1].max() + radius < min(bar_top, tick.min())
            before = max(tick)
        names = np.array([float(text.get("y")) for text in found(drawing, "row")])
        assert len(set(np.diff(names).round(2))) == 1


@pytest.mark.parametrize(
    ("values", "levels"),
    [([50.0] * 2, 1), ([50.0] * 3, 2), ([50.0] * 4, 2), ([50.0] * 5, 3), ([49.9, 49.95, 50.0, 50.05, 50.1], 2)],
)
def test_a_pile_of_seeds_is_low_and_leans_to_no_side(values, levels):
    for drawing in both(plotting.seed_dots({"pile": values, "low": [45.0], "high": [55.0]})):
        pile = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in found(drawing, "seed")][:-2]
        heights = sorted({y for _, y in pile})
        assert len(heights) == levels
        middles = [np.mean([x for x, y in pile if y == height]) for height in heights]
        assert np.allclose(middles, across_place(drawing, 50), atol=0.1)


def across_place(drawing, value):
    """Return where a value stands on the axis from left to right."""
    low, high = across(drawing)([0, 1])
    return (value - low) / (high - low)


def test_no_room_is_left_above_the_rows_of_seeds():
    for drawing in both(plotting.seed_dots({"one": [50.0, 51.0], "another": [60.0, 62.0]})):
        (head,) = found(drawing, "head")
        assert 0 <= around(head)[1] < 5
        first = min(float(dot.get("cy")) for dot in found(drawing, "seed"))
        assert first < 40


def test_confusion_shows_each_count_and_is_scaled_by_the_mistakes():
    matrix = np.arange(100).reshape(10, 10)
    np.fill_diagonal(matrix, 1000)
    for drawing in both(plotting.confusion(matrix, CLASSES)):
        assert [int(text) for text in words(drawing, "count")] == matrix.ravel().tolist()
        assert words(drawing, "true") == words(drawing, "predicted") == CLASSES
        looks = [cell.get("style") for cell in found(drawing, "mistake")]
        shades = [float(re.search(r"fill-opacity: ([\d.]+)", look)[1]) for look in looks]
        mistakes = matrix[~np.eye(10, dtype=bool)]
        assert np.allclose(shades, 0.45 * mistakes / 98, atol=0.001)
        rows = {text.text: float(text.get("y")) for text in found(drawing, "true")}
        counts = [float(text.get("y")) for text in found(drawing, "count")]
        assert np.allclose(np.reshape(counts, (10, 10)), np.array(list(rows.values()))[:, None], atol=0.01)
        assert len(found(drawing, "right")) == 10


def test_accuracy_stands_over_its_cost():
    for drawing in both(plotting.accuracy_by_cost({"small": (1e6, [62.0, 63.0]), "large": (2e7, [86.0])})):
        seeds = found(drawing, "seed")
        means = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in found(drawing, "mean")]
        rows = {
            int(text.text): float(text.get("y")) - 4
            for text in found(drawing, "tick")
            if text.get("text-anchor") == "end"
        }
        slope, start = np.polyfit([math.log(100 - accuracy) for accuracy in rows], list(rows.values()), 1)
        places = [slope * math.log(100 - accuracy) + start for accuracy in (63, 62, 62.5, 86)]
        assert np.allclose([*(float(dot.get("cy")) for dot in seeds), *(y for _, y in means)], places, atol=0.1)
        assert seeds[0].get("cx") == seeds[1].get("cx")  # the cost is the same, so is the place
        (first, _), (second, _) = means
        labels = {
            text.text: float(text.get("x")) for text in found(drawing, "tick") if text.get("text-anchor") == "middle"
        }
        assert first == pytest.approx(labels["1"], abs=0.1)
        decade = labels["10"] - labels["1"]
        assert second - first == pytest.approx(np.log10(20) * decade, abs=0.2)


def test_of_two_seeds_a_cost_shows_no_interval():
    for values, bars in (([62.0, 63.0], 0), ([62.0, 63.0, 64.0], 1)):
        for drawing in both(plotting.accuracy_by_cost({"small": (1e6, values), "large": (2e7, [86.0])})):
            assert len(found(drawing, "interval")) == bars


def test_seeds_of_a_cost_are_shown_beside_its_mean_where_they_can_be_told_apart():
    networks = {"near": (1e6, [62.0, 62.1, 62.2]), "apart": (4e6, [72.0, 75.0, 78.0]), "alone": (2e7, [86.0])}
    for drawing in both(plotting.accuracy_by_cost(networks)):
        near, far, _ = (float(dot.get("cx")) for dot in found(drawing, "mean"))
        assert [points(whisker)[:, 0].tolist() for whisker in found(drawing, "interval")] == [[near] * 2, [far] * 2]
        assert {float(dot.get("cx")) - far for dot in found(drawing, "seed")} == {7}
        dots = [(float(dot.get("cx")), float(dot.get("cy")), float(dot.get("r")))
                for dot in found(drawing, "seed") + found(drawing, "mean")]  # fmt: skip
        assert len(dots) == 3 + 3
        for (x, y, radius), (other_x, other_y, other) in itertools.combinations(dots, 2):
            assert math.dist((x, y), (other_x, other_y)) > radius + other


def test_a_cost_may_be_another_than_multiply_adds():
    seconds = {"one": (60, [80.0]), "other": (284_400, [94.0])}
    for drawing in both(plotting.accuracy_by_cost(seconds, label="joules", unit=1)):
        assert "joules" in words(drawing, "title")
        assert {"100", "1,000", "100,000"} <= set(words(drawing, "tick"))
        ticks = [text for text in found(drawing, "tick") if text.get("text-anchor") == "middle"]
        places = sorted((float(text.get("x")), svg.text_width(text.text)) for text in ticks)
        assert len(places) > 2
        for (left, one), (right, other) in itertools.pairwise(places):
            assert right - left > (one + other) / 2


SPOKEN = {"s": 1, "min": 60, "h": 3600, "day": 86400, "days": 86400}


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((8, 284_400), {"10 s", "1 min", "10 min", "1 h", "1 day"}),
        ((70, 3600), {"2 min", "10 min", "1 h"}),
    ],
)
def test_seconds_are_named_as_one_speaks_of_them(ends, expected):
    costs = dict(zip("ab", ((seconds, [80.0]) for seconds in ends), strict=True))
    for drawing in both(plotting.accuracy_by_cost(costs, label="time of training", seconds=True)):
        ticks = {
            text.text: float(text.get("x")) for text in found(drawing, "tick") if text.get("text-anchor") == "middle"
        }
        assert expected <= ticks.keys()
        assert len(ticks) <= 5
        (first, last) = (float(dot.get("cx")) for dot in found(drawing, "mean"))
        for text, place in ticks.items():
            number, unit = text.split()
            share = math.log(float(number) * SPOKEN[unit] / ends[0]) / math.log(ends[1] / ends[0])
            assert place == pytest.approx(first + share * (last - first), abs=0.1)


@pytest.mark.parametrize("costs", [(61, 62), (100, 140)])
def test_seconds_that_hardly_differ_have_an_axis_all_the_same(costs):
    """Between 100 and 140 seconds lie two minutes, but a single number is no scale."""
    near = {name: (cost, [80.0]) for name, cost in zip("ab", costs, strict=True)}
    for drawing in both(plotting.accuracy_by_cost(near, seconds=True)):
        assert sum(text.endswith(" s") for text in words(drawing, "tick")) == 2


def test_a_name_between_two_marks_is_clearly_nearer_to_its_own():
    """On a phone these two have no room beside their marks, and those of others stand above and below."""
    costs = {"one layer": (8, [31.8, 34.5]), "CNN 5": (1242, [85.6, 86.2]), "1 min": (60, [78.0, 79.8]),
             "5 min": (300, [85.4, 86.6]), "1 min, 16 bits": (60, [84.4, 85.2]),
             "5 min, 16 bits": (300, [89.2, 89.9]), "DAWNBench": (284_400, [94])}  # fmt: skip
    narrow = plotting.accuracy_by_cost(costs, seconds=True).narrow
    dots = iter(float(dot.get("cy")) for dot in found(narrow, "seed"))
    marks = {name: list(itertools.islice(dots, 2)) for name, (_, values) in costs.items() if len(values) > 1}
    bases = {text.text: float(text.get("y")) for text in found(narrow, "row")}

    def gap(name, mark):
        return max(bases[name] - 11 - max(marks[mark]), min(marks[mark]) - bases[name] - 3)

    for name, other in (("5 min", "5 min, 16 bits"), ("1 min, 16 bits", "1 min")):
        assert 0 < gap(name, name) < 9
        assert gap(name, other) > 18


def test_no_name_lies_on_another_or_on_a_point():
    seconds = [31, 45, 64, 300, 1260, 60, 300, 60, 300, 3600, 284_400]
    accuracies = [33, 45, 62, 76, 86, 79, 86, 85, 89.6, 93, 94]
    points = {f"network {place}": (cost, [value, value - 0.4, value + 0.5])
              for place, (cost, value) in enumerate(zip(seconds, accuracies, strict=True))}  # fmt: skip
    for drawing in both(plotting.accuracy_by_cost(points, label="seconds", unit=1)):
        names, dots = found(drawing, "row"), found(drawing, "seed") + found(drawing, "mean")
        assert len(dots) > len(names)
        boxes = []
        for name in names:
            x, y, size = float(name.get("x")), float(name.get("y")), svg.text_width(name.text)
            left = x - {"middle": size / 2, "end": size}.get(name.get("text-anchor"), 0)
            boxes.append((left, y - 10, left + size, y + 2))
        for one, other in itertools.combinations(boxes, 2):
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        for dot in dots:
            x, y = float(dot.get("cx")), float(dot.get("cy"))
            assert not any(left < x < right and top < y < bottom for left, top, right, bottom in boxes)


def test_points_close_to_each_other_have_an_axis_all_the_same():
    near = {"a": (1e6, [83.0, 83.2]), "b": (1.1e6, [83.5])}
    for drawing in both(plotting.accuracy_by_cost(near)):
        assert {"83.0", "83.2", "83.5"} & set(words(drawing, "tick"))
    for drawing in both(plotting.time_by_work({"a": [(0.021, 210), (0.022, 480)]}, labels=("work", "time"))):
        assert len(words(drawing, "tick")) >= 4


WORK = {"one layer": 0.03, "two layers": 0.39, "simple CNN": 0.97, "CNN 5": 24.55, "speedrun": 54}


def times_of_five(**options):
    lines = {way: [(work, cost * work**0.5) for work in WORK.values()] for way, cost in (("alone", 900), ("batch", 40))}
    return both(plotting.time_by_work(lines, labels=("work", "time"), points=WORK, **options))


def test_every_point_of_times_has_its_name_on_a_page_and_on_a_phone():
    for drawing in times_of_five():
        assert words(drawing, "point") == list(WORK)
        places = points(found(drawing, "way")[0])[:, 0]
        guides = [points(line)[:, 0] for line in found(drawing, "guide")]
        assert np.allclose(guides, places[:, None], atol=0.01)
        boxes = [(float(text.get("x")), float(text.get("y")), svg.text_width(text.text, 11))
                 for text in found(drawing, "point")]  # fmt: skip
        for (start, _, size), place in zip(boxes, places, strict=True):
            assert start <= place <= start + size
        for (one, row, size), (other, other_row, other_size) in itertools.combinations(boxes, 2):
            assert row != other_row or one + size < other or other + other_size < one


def test_the_lines_to_names_of_times_that_end_together_do_not_cross():
    ends = {"a": 400, "b": 390, "c": 370, "d": 2000}
    lines = {name: [(0.03, 1.6), (54, time)] for name, time in ends.items()}
    for drawing in both(plotting.time_by_work(lines, labels=("work", "time"))):
        leaders = np.array([points(line) for line in found(drawing, "leader")])
        assert np.ptp(leaders[..., 0], axis=0).max() == 0
        starts, stops = leaders[:, 0, 1], leaders[:, 1, 1]
        assert list(np.argsort(starts)) == list(np.argsort(stops)) == [3, 0, 1, 2]
        assert np.diff(np.sort(stops)).min() >= 15 - 0.01
        assert abs(stops - starts).max() < 20  # up and down, not all of them down
        assert {float(text.get("y")) for text in found(drawing, "name")} == {round(y + 4, 2) for y in stops}


@pytest.mark.parametrize(("fastest", "lowest"), [(1.6, "1"), (7, "10"), (1, "1")])
def test_an_axis_of_times_starts_at_a_power_of_ten_where_one_is_near(fastest, lowest):
    for drawing in both(plotting.time_by_work({"a": [(1, fastest), (10, 2000)]}, labels=("work", "time"))):
        ticks = {text.text: float(text.get("y")) for text in found(drawing, "tick") if text.get("text-anchor") == "end"}
        assert max(ticks, key=ticks.get) == lowest
        (axis,) = found(drawing, "axis")[:1]
        at_axis = ticks[lowest] - 4 == points(axis)[0, 1]
        assert at_axis == (fastest == 1.6)


def test_open_dots_tell_batches_from_images_alone():
    for drawing in times_of_five(hollow=["batch"]):
        looks = [dot.get("style") for dot in found(drawing, "measured")]
        assert [style.PALETTE["ink"] in look.partition("fill: ")[2].partition(";")[0] for look in looks] == (
            [True] * 5 + [False] * 5
        )


def test_an_axis_of_times_has_at_most_five_numbers():
    for drawing in times_of_five():
        for axis in ("end", "middle"):
            numbers = [text.text for text in found(drawing, "tick") if text.get("text-anchor") == axis]
            assert 3 <= len(numbers) <= 5


def test_times_rise_over_work_by_equal_factors():
    series = {"alone": [(0.1, 400), (10, 4000)], "in a batch": [(0.1, 4), (1, 40), (10, 400)]}
    for drawing in both(plotting.time_by_work(series, labels=("work", "time"))):
        assert words(drawing, "name") == list(series)
        (_, y0), (_, y1) = points(found(drawing, "way")[0])
        batch = points(found(drawing, "way")[1])
        assert np.allclose(batch[1], (batch[0] + batch[2]) / 2, atol=0.1)
        assert batch[0, 1] - batch[2, 1] == pytest.approx(2 * (y0 - y1), abs=0.1)
        assert batch[2, 1] == pytest.approx(y0, abs=0.1)  # 400, both
        assert len(found(drawing, "measured")) == 5


def test_a_network_alone_is_drawn_larger_than_among_others():
    columns = {"test, %": dict.fromkeys("ab", "62.0")}
    alone, two = (
        both(plotting.architectures(dict.fromkeys(names, BLOCKS), columns, notes=dict.fromkeys(names, "")))
        for names in ("a", "ab")
    )
    for one, others in zip(alone, two, strict=True):
        assert blocks_of(one)[0].height > 2 * blocks_of(others)[0].height
    assert blocks_of(alone[0])[-1].x > 500  # as far as the page is wide


class Drawn(NamedTuple):
    """A block as it is drawn, with the place of its foot."""

    kind: str
    x: float
    base: float
    width: float
    height: float


def blocks_of(drawing):
    """Return the blocks of all strips, in their order."""
    blocks = []
    for kind in ("image", "convolution", "pooling", "dense"):
        for block in found(drawing, kind):
            if block.tag == "path":
                (left, top), (right, base) = points(block).min(axis=0), points(block).max(axis=0)
                blocks.append(Drawn(kind, left, base, right - left, base - top))
            else:
                x, y, width, height = (float(block.get(name)) for name in ("x", "y", "width", "height"))
                blocks.append(Drawn(kind, x, round(y + height, 1), width, height))
    return sorted(blocks, key=lambda block: (block.base, block.x))


def labels_of(drawing):
    """Return what stands below the blocks, from left to right."""
    labels = [*found(drawing, "volume"), *found(drawing, "channels")]
    return [label.text for label in sorted(labels, key=lambda label: float(label.get("x")))]


def test_below_the_blocks_of_one_network_stand_their_volumes_and_of_several_the_channels():
    def drawn(blocks, names):
        columns = {"test, %": dict.fromkeys(names, "62.0")}
        return both(plotting.architectures(dict.fromkeys(names, blocks), columns, notes=dict.fromkeys(names, "")))

    assert labels_of(drawn(BLOCKS, "a")[0]) == ["32×32×4", "32×32×16", "16×16×16", "2"]
    assert words(drawn(BLOCKS, "ab")[0], "channels") == 2 * ["16", "2"]
    _, narrow = drawn([("image", 32, 3, 0), *[("convolution", 32, 16 + n, 0) for n in range(20)]], "a")
    assert words(narrow, "volume") == ["32×32×3"]  # of the image alone
    wide, _ = drawn([("image", 32, 3, 0), *[("convolution", 32, 2048 + n, 0) for n in range(6)]], "a")
    assert labels_of(wide)[0] == "32×32×3"  # wider than its block
    assert float(found(wide, "volume")[0].get("x")) - svg.text_width("32×32×3", 11) / 2 >= 0


def test_above_the_blocks_of_one_network_stands_what_they_are_and_of_several_nothing():
    def layers(blocks, names):
        columns = {"parameters": dict.fromkeys(names, "62")}
        figure = plotting.architectures(dict.fromkeys(names, blocks), columns, notes=dict.fromkeys(names, ""))
        return words(both(figure)[0], "layer")

    assert layers(BLOCKS, "a") == ["image", "2 × conv", "pool", "dense"]
    assert layers(BLOCKS, "ab") == []


def test_a_strip_shows_sides_as_heights_and_channels_as_widths():
    columns = {"training, %": {"a": "90.0"}, "test, %": {"a": "62.0"}}
    for drawing in both(plotting.architectures({"a": BLOCKS}, columns, notes={"a": "one pair"})):
        boxes = blocks_of(drawing)
        widths, heights = [box.width for box in boxes], [box.height for box in boxes]
        assert np.allclose(np.array(widths) / widths[-1], [2, 4, 4, 4, 1], atol=0.01)  # logarithms of 4, 16 and 2
        assert np.allclose(np.array(heights[:-1]) / heights[0], [1, 1, 1, 0.5])
        assert [text.rsplit("×")[-1] for text in labels_of(drawing)][-1] == "2"
        assert words(drawing, "row") == ["a"]
        assert words(drawing, "note") == ["one pair · 90.0 training, % · 62.0 test, %"]
        (bracket,), second = found(drawing, "shortcut"), boxes[2]
        left, right = points(bracket)[:, 0].min(), points(bracket)[:, 0].max()
        assert left == pytest.approx(second.x + 2, abs=0.01)
        assert right == pytest.approx(second.x + second.width - 2, abs=0.02)  # two brackets do not touch


def test_a_long_strip_leaves_out_the_numbers_that_have_no_room_and_a_bracket_spans_its_blocks():
    """VGG has as many blocks, on images of another size; a ResNet's shortcut leads past two of them."""
    convolutions = [("convolution", 112, 500 + max(0, n - 20), 0) for n in range(40)]
    blocks = [("image", 224, 1, 0), *convolutions, ("sum", 112, 512, 2)]
    columns = {"parameters, M": {"a": "138.4"}, "multiply-adds, M": {"a": "15,470"}}
    for drawing in both(plotting.architectures({"a": blocks}, columns, notes={"a": ""})):
        assert words(drawing, "channels") == ["500", "519"]
        image, *convolutions = blocks_of(drawing)
        assert image.height == pytest.approx(2 * convolutions[0].height)
        (bracket,) = found(drawing, "shortcut")
        assert points(bracket)[:, 0].min() == pytest.approx(convolutions[-2].x + 2, abs=0.02)


def test_first_last_and_widest_blocks_of_a_strip_have_numbers_that_do_not_touch():
    lenet = [("image", 32, 1, 0), ("convolution", 28, 6, 0), ("pooling", 14, 6, 0), ("convolution", 10, 16, 0),
             ("pooling", 5, 16, 0), ("dense", 1, 120, 0), ("dense", 1, 84, 0), ("dense", 1, 10, 0)]  # fmt: skip
    alexnet = [("image", 227, 3, 0), ("convolution", 55, 96, 0), ("pooling", 27, 96, 0), ("convolution", 27, 256, 0),
               *[("convolution", 13, 384, 0)] * 2, *[("dense", 1, 4096, 0)] * 2, ("dense", 1, 1000, 0)]  # fmt: skip
    deep = [("image", 224, 3, 0), *[("convolution", 11 * side, 512, 0) for side in range(20, 0, -1)]]
    strips = {"LeNet": lenet, "AlexNet": alexnet, "deep": deep}
    columns = {"parameters, M": dict.fromkeys(strips, "138.36"), "multiply-adds, M": dict.fromkeys(strips, "724.4")}
    for drawing in both(plotting.architectures(strips, columns, notes=dict.fromkeys(strips, "2012, 227×227"))):
        rows = itertools.groupby(found(drawing, "channels"), key=lambda label: label.get("y"))
        labels = [sorted((*around(label), label.text) for label in row) for _, row in rows]
        assert [text for *_, text in labels[0]] == ["6", "120", "10"]
        assert {"96", "4,096", "1,000"} <= {text for *_, text in labels[1]}
        for row in labels:
            assert all(right[0] - left[2] >= 4 - 0.02 for left, right in itertools.pairwise(row))
            assert row[-1][2] <= drawing.width
        for label, block in zip(labels[0], (1, 5, 7), strict=True):
            block = blocks_of(drawing)[block]
            assert label[0] < block.x + block.width / 2 < label[2]


def test_a_gap_parts_the_size_of_the_image_from_what_follows():
    blocks = [("image", 32, 3, 0), ("convolution", 31, 24, 0), *[("convolution", 15, 64, 0)] * 4]
    for drawing in both(plotting.architectures({"a": blocks}, {}, notes={"a": ""})):
        image, second, *_ = sorted(around(label) for label in found(drawing, "volume") + found(drawing, "channels"))
        assert second[0] - image[2] >= 8


@pytest.fixture(scope="module")
def strips_of_the_book():
    """The figures of networks on the book's pages, by page; the cells before them run, too."""
    strips = {}
    for page in ("simple-cnn", "deeper-cnns", "famous-networks", "speedrun"):
        cells = [cell.source for cell in code_cells(f"experiments/{page}.md")]
        last = max(index for index, cell in enumerate(cells) if "plotting.architectures(" in cell)
        names, drawn = {}, strips.setdefault(page, [])
        with pytest.MonkeyPatch.context() as patch, matplotlib.rc_context():
            patch.setattr(plotting, "architectures", keeping(plotting.architectures, drawn))
            for cell in cells[: last + 1]:
                exec(cell.replace("from myst_nb import glue", "glue = lambda *_, **__: None"), names)
    return strips


def keeping(draw, figures):
    """Return the function `draw`, which now also keeps what it draws."""

    def draw_and_keep(*args, **options):
        figures.append(draw(*args, **options))
        return figures[-1]

    return draw_and_keep


def around(element):
    """Return the box of a text, as wide as the book takes it to be, or of a bracket: left, top, right, bottom."""
    if element.tag == "path":
        return *points(element).min(axis=0), *points(element).max(axis=0)
    size = float(element.get("font-size", svg.LABEL))
    width, x, y = svg.text_width(element.text, size), float(element.get("x")), float(element.get("y"))
    left = x - width * {"end": 1, "middle": 0.5}.get(element.get("text-anchor"), 0)
    return left, y - 0.7 * size, left + width, y + 0.1 * size


def overlap(first, second):
    return all(min(first[i + 2], second[i + 2]) - max(first[i], second[i]) > 0.05 for i in (0, 1))


def test_no_text_of_a_strip_of_the_book_runs_into_anything(strips_of_the_book):
    for figure in itertools.chain(*strips_of_the_book.values()):
        for drawing in both(figure):
            texts = list(ElementTree.fromstring(bare(drawing)).iter("text"))
            for one, other in itertools.combinations(texts, 2):
                assert not overlap(around(one), around(other)), (one.text, other.text)
            blocks = blocks_of(drawing)
            boxes = [(box.x, box.base - box.height, box.x + box.width, box.base) for box in blocks]
            brackets = [around(bracket) for bracket in found(drawing, "shortcut")]
            for text, box in itertools.product(texts, boxes + brackets):
                assert not overlap(around(text), box), text.text


def test_a_number_below_a_strip_of_the_book_stands_below_blocks_of_one_volume_in_one_row(strips_of_the_book):
    """Those of the first, the last and the widest block may be wider than it, and stand below its middle, too."""
    for figure in itertools.chain(*strips_of_the_book.values()):
        for drawing in both(figure):
            blocks, wider = blocks_of(drawing), []
            for label in [*found(drawing, "volume"), *found(drawing, "channels")]:
                left, _, right, _ = around(label)
                base = float(label.get("y")) - 13
                above = {(block.kind, round(block.width, 1), round(block.height, 1)) for block in blocks
                         if block.base == base and block.x < right and left < block.x + block.width}  # fmt: skip
                covers_a_middle = any(
                    block.base == base and left < block.x + block.width / 2 < right for block in blocks
                )
                assert len(above) == 1 or covers_a_middle, label.text
                wider += [base] * (len(above) != 1)
            assert all(wider.count(base) <= 3 for base in wider)


def test_strips_of_the_book_name_their_layers(strips_of_the_book):
    lenet, _, vgg, resnet, four = strips_of_the_book["famous-networks"]
    assert labels_of(lenet.wide) == ["32×32×1", "28×28×6", "14×14×6", "10×10×16", "5×5×16", "120", "84", "10"]
    stages = ["4 × conv", "5 × conv", "5 × conv", "5 × conv"]
    assert words(resnet.wide, "layer") == ["image", "conv", "pool", *stages, "pool", "dense"]
    assert words(resnet.narrow, "layer") == ["image", "conv", *stages]
    for drawing in both(four):
        assert words(drawing, "layer") == []
    for drawing in both(vgg):
        assert words(drawing, "percent") == ["74 %"]


def test_the_image_of_a_strip_has_no_fill_and_a_mark_of_its_own():
    for drawing in both(plotting.architectures({"a": BLOCKS}, {}, notes={"a": ""})):
        (image,), (pooling,) = found(drawing, "image"), found(drawing, "pooling")
        assert "fill: none" in image.get("style")
        assert "stroke-dasharray" in image.get("style")
        assert "stroke-dasharray" not in pooling.get("style")


def test_a_bar_shows_the_share_of_each_layer_and_marks_the_largest():
    figure = plotting.architectures({"a": BLOCKS}, {}, notes={"a": ""}, parameters=[100, 0, 700, 200])
    for drawing in both(figure):
        bars = found(drawing, "share")
        assert np.allclose([float(bar.get("width")) / drawing.width for bar in bars], [0.1, 0.7, 0.2], atol=1e-3)
        assert [style.PALETTE["orange"] in bar.get("style") for bar in bars] == [False, True, False]
        assert words(drawing, "percent") == ["70 %"]


# Figures for a page and for a phone.


@pytest.mark.parametrize("figure", list(for_both_widths()))
def test_each_figure_fits_a_page_and_a_phone(figure):
    """Nothing reaches beyond the drawing, no letters are smaller than 11 pixels, and every number is a number."""
    for drawing, width in zip(both(figure), (640, 340), strict=True):
        assert drawing.width <= width
        assert "nan" not in drawing.element()
        for text in (element for element in ElementTree.fromstring(bare(drawing)).iter("text")):
            size = float(text.get("font-size", svg.LABEL))
            assert size >= svg.SMALL
            length = svg.text_width(text.text, size)
            x, y = float(text.get("x")), float(text.get("y"))
            start = x - length * {"end": 1, "middle": 0.5}.get(text.get("text-anchor"), 0)
            if not text.get("transform"):
                assert -1 <= start < start + length <= drawing.width + 1, text.text
            assert 0 < y <= drawing.height
        for x, y, zoom in places(drawing):
            assert zoom == int(zoom) >= 1
            assert 0 <= x < drawing.width
            assert 0 <= y < drawing.height


def test_a_notebook_shows_the_wide_drawing_and_a_page_finds_the_other_in_it():
    figure = plotting.heat_on_images(IMAGES[:1], [np.eye(8)], ["airplane"])
    root = ElementTree.fromstring(figure._repr_svg_().replace(' xmlns="http://www.w3.org/2000/svg"', ""))
    (narrow,) = root.iter("svg") if root.tag != "svg" else [child for child in root.iter("svg") if child is not root]
    assert (root.get("width"), narrow.get("width"), narrow.get("display")) == ("128", "160", "none")
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) == 1
    assert {use.get("href") for use in root.iter("use")} == {f"#{ids[0]}"}


def test_a_key_says_what_the_strongest_colours_stand_for():
    maps = list(plotting.signed_images(np.linspace(-0.8, 0.8, 64).reshape(1, 8, 8)))
    figure = plotting.picture_grid(maps, key=0.8)
    for drawing in (figure.wide, figure.narrow):
        numbers = {text.text: float(text.get("x")) for text in found(drawing, "key")}
        assert list(numbers) == ["−0.8", "0", "0.8"]
        assert numbers["0"] == numbers["0.8"] / 2
        assert max(float(text.get("y")) for text in found(drawing, "key")) < drawing.height
    assert len(figure.wide.images) == 2  # the map, and the colours
    with pytest.raises(ValueError, match="key is the largest magnitude of the maps, above 0; got 0"):
        plotting.picture_grid(maps, key=0.0)

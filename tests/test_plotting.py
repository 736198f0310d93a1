"""Figures are asked what they show: texts, patches by their kind, curves by their data. No pixels are compared."""

import base64
import colorsys
import io
import itertools
import math
import re
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

from cnnbook import experiments, intervals, plotting, shapes
from cnnbook.handout import BIAS, FILTERS, SETTINGS_1D, VOLUME, W, X
from cnnbook.plotting import primitives, style, svg
from fresh_python import modules_after, run

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
    yield plotting.architectures({"a": BLOCKS}, {"test, %": {"a": "62.0 ± 1.0"}}, notes={"a": "one pair"})


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
        ("confusion", (np.zeros((9, 10)), CLASSES), {}, "10 x 10"),
        ("architectures", ({}, {}), {"notes": {}}, "at least one network"),
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
        inks = {to_hex(text.get_color()) for text in drawn.texts} | {line.get_color() for line in drawn.lines}
        assert inks <= {style.PALETTE["ink"], style.PALETTE["muted"]}


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
    assert "filter 2, 2 × 2 × 3, bias −1" in texts(axes)


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
        assert words(drawing, "title") == ["a", "3 × 3", "b", "34 × 34"]


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
        assert abs(first - second) >= 15


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
        assert np.allclose(seeds, [seed for those in runs.values() for seed in those], atol=0.1)
        first, _ = found(drawing, "interval")  # of one seed there is none
        ends = value([float(first.get("x")), float(first.get("x")) + float(first.get("width"))])
        assert np.allclose(ends, [low, high], atol=0.1)
        assert np.allclose(value([points(line)[0, 0] for line in found(drawing, "mean")]), [32, 50, -1], atol=0.1)
        assert words(drawing, "title") == ["difference (points)"]
        middle = float(first.get("y")) + float(first.get("height")) / 2
        assert [float(dot.get("cy")) for dot in found(drawing, "seed")[:3]] == [middle] * 3  # on the bar
        (title,), ticks = found(drawing, "title"), found(drawing, "tick")
        assert title.get("text-anchor") == "end"
        assert all(float(title.get("y")) - float(tick.get("y")) >= 15 for tick in ticks)
        accented = [text.text for text in found(drawing, "row") if style.PALETTE["orange"] in text.get("style", "")]
        assert accented == ["two-layer"]


def test_differences_have_a_line_at_zero():
    for drawing in both(plotting.seed_dots({"gap": [-1.0, 1.0, -3.0]}, label="difference", unit="points")):
        (zero,) = found(drawing, "zero")
        assert np.allclose(across(drawing)(points(zero)[:, 0]), 0, atol=0.1)
    assert not found(plotting.seed_dots({"one-layer": [30.0, 32.0]}).wide, "zero")


def test_dots_of_a_row_touch_neither_each_other_nor_another_row():
    rows = {"one": [50.0] * 5, "another": [50.0, 50.01, 50.02, 90.0, 50.0]}
    for drawing in both(plotting.seed_dots(rows)):
        places = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in found(drawing, "seed")]
        assert min(itertools.starmap(math.dist, itertools.combinations(places, 2))) >= 2 * 2.25
        bars = [float(bar.get("y")) + float(bar.get("height")) / 2 for bar in found(drawing, "interval")]
        nearest = [min(range(2), key=lambda row: abs(bars[row] - y)) for _, y in places]
        assert nearest == [0] * 5 + [1] * 5
        for mean in found(drawing, "mean"):  # its ticks leave the middle to the dots
            assert min(abs(y - bar) for y in points(mean)[:, 1] for bar in bars) > 5


def ends_of_the_book(split):
    recipes = [*experiments.SHALLOW, *experiments.DEEPER, experiments.SIMPLE_CNN, experiments.SIMPLE_CNN_SGD]
    trials = experiments.TUNING if split == "valid" else []
    return {recipe.name: experiments.accuracies(recipe.name, split) for recipe in [*recipes, *trials]}


@pytest.mark.parametrize(
    "figure",
    [
        lambda: plotting.seed_dots(ends_of_the_book("test")),
        lambda: plotting.seed_dots(ends_of_the_book("valid")),
    ],
    ids=["rows of test", "rows of validation"],
)
def test_no_seed_lies_on_the_ticks_of_its_mean(figure):
    for drawing in both(figure()):
        seeds = np.array([(float(dot.get("cx")), float(dot.get("cy"))) for dot in found(drawing, "seed")])
        means = found(drawing, "mean")
        for line, dots in zip(means, np.split(seeds, len(means)), strict=True):
            for tick in (points(line)[:2], points(line)[2:]):
                nearest = np.clip(dots, tick.min(axis=0), tick.max(axis=0))  # a tick is upright or level
                assert np.linalg.norm(dots - nearest, axis=1).min() > 2.25 + 1  # radius, half a line


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
        rows = {
            int(text.text): float(text.get("y")) - 4
            for text in found(drawing, "tick")
            if text.get("text-anchor") == "end"
        }
        slope, start = np.polyfit([math.log(100 - accuracy) for accuracy in rows], list(rows.values()), 1)
        places = [slope * math.log(100 - accuracy) + start for accuracy in (62, 63, 86)]
        assert np.allclose([float(dot.get("cy")) for dot in seeds], places, atol=0.1)
        assert seeds[0].get("cx") == seeds[1].get("cx")  # the cost is the same, so is the place
        first, second = (points(line)[:, 0].mean() for line in found(drawing, "mean"))
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


def test_a_cost_may_be_another_than_multiply_adds():
    seconds = {"one": (60, [80.0]), "other": (284_400, [94.0])}
    for drawing in both(plotting.accuracy_by_cost(seconds, label="seconds of training", unit=1)):
        assert "seconds of training" in words(drawing, "title")
        assert {"100", "1,000", "100,000"} <= set(words(drawing, "tick"))
        ticks = [text for text in found(drawing, "tick") if text.get("text-anchor") == "middle"]
        places = sorted((float(text.get("x")), svg.text_width(text.text)) for text in ticks)
        assert len(places) > 2
        for (left, one), (right, other) in itertools.pairwise(places):
            assert right - left > (one + other) / 2


def test_no_name_lies_on_another_or_on_a_point():
    seconds = [31, 45, 64, 300, 1260, 60, 300, 60, 300, 3600, 284_400]
    accuracies = [33, 45, 62, 76, 86, 79, 86, 85, 89.6, 93, 94]
    points = {f"network {place}": (cost, [value, value - 0.4, value + 0.5])
              for place, (cost, value) in enumerate(zip(seconds, accuracies, strict=True))}  # fmt: skip
    for drawing in both(plotting.accuracy_by_cost(points, label="seconds", unit=1)):
        names, dots = found(drawing, "row"), found(drawing, "seed")
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


def test_every_point_of_times_has_its_name_on_a_page():
    runs, names = experiments.inference()["runs"], ["one layer", "two layers", "simple CNN", "CNN 5"]
    work = [0.03, 0.39, 0.97, 24.55]
    lines = {way: list(zip(work, (1e6 * found[way]["seconds_per_image"]["1"] for found in runs.values()), strict=True))
             for way in ("Keras", "ONNX Runtime")}  # fmt: skip
    wide, narrow = both(plotting.time_by_work(lines, labels=("work", "time"), points=names))
    assert words(wide, "point") == names
    assert set(words(narrow, "point")) <= set(names)


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
        assert float(found(one, "image")[0].get("height")) > 2 * float(found(others, "image")[0].get("height"))
    assert float(found(alone[0], "dense")[0].get("x")) > 500  # as far as the page is wide


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
    assert not found(narrow, "volume")
    wide, _ = drawn([("image", 32, 3, 0), *[("convolution", 32, 2048 + n, 0) for n in range(6)]], "a")
    assert labels_of(wide)[0] == "32×32×3"  # wider than its block
    assert float(found(wide, "volume")[0].get("x")) - svg.text_width("32×32×3", 11) / 2 >= 0


def test_above_the_blocks_of_one_network_without_shortcuts_stands_what_they_are():
    def layers(blocks, names):
        columns = {"parameters": dict.fromkeys(names, "62")}
        figure = plotting.architectures(dict.fromkeys(names, blocks), columns, notes=dict.fromkeys(names, ""))
        return words(both(figure)[0], "layer")

    plain = [block for block in BLOCKS if block[0] != "sum"]
    assert layers(plain, "a") == ["image", "2 × conv", "pool", "dense"]
    assert layers(BLOCKS, "a") == layers(plain, "ab") == []


def test_a_strip_shows_sides_as_heights_and_channels_as_widths():
    columns = {"training, %": {"a": "90.0"}, "test, %": {"a": "62.0"}}
    for drawing in both(plotting.architectures({"a": BLOCKS}, columns, notes={"a": "one pair"})):
        boxes = [box for kind in ("image", "convolution", "pooling", "dense") for box in found(drawing, kind)]
        widths = [float(box.get("width")) for box in boxes]
        heights = [float(box.get("height")) for box in boxes]
        assert np.allclose(np.array(widths) / widths[-1], [2, 4, 4, 4, 1], atol=0.01)  # logarithms of 4, 16 and 2
        assert np.allclose(np.array(heights[:-1]) / heights[0], [1, 1, 1, 0.5])
        assert [text.rsplit("×")[-1] for text in labels_of(drawing)][-1] == "2"
        assert words(drawing, "row") == ["a"]
        assert words(drawing, "note") == ["one pair · 90.0 training, % · 62.0 test, %"]
        (bracket,), second = found(drawing, "shortcut"), boxes[2]
        left, right = points(bracket)[:, 0].min(), points(bracket)[:, 0].max()
        assert left == pytest.approx(float(second.get("x")) + 1)
        assert right == pytest.approx(float(second.get("x")) + widths[2] - 2)  # two brackets do not touch


def test_a_long_strip_leaves_out_the_numbers_that_have_no_room_and_a_bracket_spans_its_blocks():
    """VGG has as many blocks, on images of another size; a ResNet's shortcut leads past two of them."""
    blocks = [("image", 224, 1, 0), *[("convolution", 112, 500 + n, 0) for n in range(90)], ("sum", 112, 512, 2)]
    columns = {"parameters, M": {"a": "138.4"}, "multiply-adds, M": {"a": "15,470"}}
    for drawing in both(plotting.architectures({"a": blocks}, columns, notes={"a": ""})):
        labels = sorted(float(text.get("x")) for text in found(drawing, "channels"))
        assert 1 < len(labels) < 90
        rows = {row: [float(text.get("x")) for text in found(drawing, "channels") if text.get("y") == row]
                for row in {text.get("y") for text in found(drawing, "channels")}}  # fmt: skip
        assert len(rows) == 2
        assert min(min(np.diff(places)) for places in rows.values()) >= svg.text_width("512", 11)
        image, convolutions = found(drawing, "image")[0], found(drawing, "convolution")
        assert float(image.get("height")) == pytest.approx(2 * float(convolutions[0].get("height")))
        (bracket,) = found(drawing, "shortcut")
        assert points(bracket)[:, 0].min() == pytest.approx(float(convolutions[-2].get("x")) + 1, abs=0.01)


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

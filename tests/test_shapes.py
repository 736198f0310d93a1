"""`cnnbook.shapes`: what a reader would look up, what is refused, and that importing it stays cheap."""

from pathlib import Path

import numpy as np
import pytest

from cnnbook import shapes
from cnnbook.shapes import Layer, ReceptiveField
from fresh_python import modules_after, run

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("n", "kernel_size", "options", "size"),
    [
        (7, 3, {}, 5),
        (32, 5, {"stride": 2, "padding": 2}, 16),
        (32, 3, {"padding": "same"}, 32),
        (7, 3, {"stride": 4, "padding": 1}, 2),  # (9 - 3) / 4 is not whole: floored
        (7, 3, {"dilation": 3}, 1),  # the span is the whole input
        (5, 2, {"padding": (0, 1)}, 5),
        (224, 7, {"stride": 2, "padding": 3}, 112),  # the first layer of ResNet
        (np.int64(7), np.int64(3), {"stride": np.int64(2)}, 3),
    ],
)
def test_output_size(n, kernel_size, options, size):
    result = shapes.output_size(n, kernel_size, **options)
    assert result == size
    assert type(result) is int


@pytest.mark.parametrize(
    ("n", "kernel_size", "options", "padding"),
    [
        (7, 2, {}, (0, 1)),  # an even kernel: the extra cell goes after
        (7, 4, {}, (1, 2)),
        (8, 3, {"stride": 2}, (0, 1)),  # a stride: fewer zeros are enough
        (7, 3, {"stride": 2}, (1, 1)),
        (8, 2, {"stride": 3}, (0, 0)),  # the kernel has 3 positions at 0, 3 and 6 without any
        (9, 1, {"stride": 4}, (0, 0)),
        (9, 3, {"dilation": 2}, (2, 2)),
    ],
)
def test_same_padding(n, kernel_size, options, padding):
    assert shapes.same_padding(n, kernel_size, **options) == padding


def test_parameters():
    assert shapes.conv_parameters(3, 3, 32) == 3 * 3 * 3 * 32 + 32
    assert shapes.conv_parameters((3,), 3, 32) == 3 * 3 * 32 + 32
    assert shapes.conv_parameters((2, 3, 4), 5, 6, bias=False) == 2 * 3 * 4 * 5 * 6
    assert shapes.conv_parameters(3, 32, 32, groups=32) == 3 * 3 * 32 + 32
    assert shapes.dense_parameters(3072, 10) == 30_730
    assert shapes.dense_parameters(3072, 10, bias=False) == 30_720


def test_multiply_adds():
    assert shapes.conv_multiply_adds(3, 3, 32, 32) == 32 * 32 * 32 * 27
    assert shapes.conv_multiply_adds((3, 5), 8, 4, (10, 7), groups=2) == 10 * 7 * 4 * 3 * 5 * 4
    assert shapes.conv_multiply_adds((3,), 3, 2, (5,)) == 5 * 2 * 9
    assert shapes.dense_multiply_adds(8192, 10) == 81_920


@pytest.mark.parametrize(
    ("n", "kernel_size", "options", "size"),
    [
        (16, 2, {"stride": 2}, 32),
        (16, 3, {"stride": 2}, 33),
        (16, 3, {"stride": 2, "padding": "same"}, 32),
        (4, 2, {"stride": 3}, 12),  # Keras: stride larger than the kernel
        (4, 2, {"stride": 3, "padding": 0}, 11),  # PyTorch and ONNX
        (4, 2, {"stride": 3, "padding": 0, "output_padding": 1}, 12),
        (5, 3, {"stride": 2, "padding": (1, 0), "dilation": 2}, 12),
    ],
)
def test_transposed_size(n, kernel_size, options, size):
    assert shapes.transposed_size(n, kernel_size, **options) == size


def test_receptive_field_of_known_networks():
    assert shapes.receptive_field([Layer(3)] * 3).size == 7  # three 3x3 see as far as one 7x7
    assert shapes.receptive_field([Layer(3, dilation=2**i) for i in range(4)]).size == 31  # doubles, minus one
    # VGG16 up to its last pooling layer: 212, after Araujo, Norris and Sim (2019).
    vgg = [layer for convolutions in (2, 2, 3, 3, 3) for layer in [Layer(3, padding=1)] * convolutions + [Layer(2, 2)]]
    assert shapes.receptive_field(vgg) == ReceptiveField(size=212, jump=32, start=-90)


@pytest.mark.parametrize(
    ("layers", "size", "read"), [([Layer(3, dilation=2)] * 2, 9, 5), ([Layer(1, stride=2), Layer(3)], 5, 3)]
)
def test_a_dilation_or_a_stride_wider_than_its_kernel_leaves_gaps_in_a_field(layers, size, read):
    cells, field = {0}, shapes.receptive_field(layers)
    for depth, layer in reversed(list(enumerate(layers))):
        n = shapes.receptive_field(layers[depth:]).size
        windows = shapes.seen(n, layer.kernel_size, stride=layer.stride, dilation=layer.dilation)
        cells = {position for cell in cells for position in windows[cell]}
    assert (field.size, len(cells)) == (size, read)
    assert (min(cells), max(cells)) == (0, size - 1)


def test_receptive_fields_go_layer_by_layer():
    fields = shapes.receptive_fields([(3, 1, 1, "same"), (2, 2), (3, 1, 1, "same")])
    assert [field.size for field in fields] == [3, 4, 8]
    assert [field.jump for field in fields] == [1, 2, 2]
    assert [field.start for field in fields] == [-1, -1, -3]
    assert shapes.receptive_fields([]) == []
    assert shapes.receptive_field([]) == (1, 1, 0)


def test_the_start_of_a_strided_same_layer_depends_on_the_size():
    layers = [Layer(3, stride=2, padding="same")]
    assert shapes.receptive_field(layers, n=8).start == 0
    assert shapes.receptive_field(layers, n=7).start == -1
    with pytest.raises(ValueError, match="give n"):
        shapes.receptive_field(layers)


def test_every_kernel_has_to_fit_where_the_size_is_given():
    assert shapes.receptive_field([Layer(3, 2), Layer(3)]).size == 7
    with pytest.raises(ValueError, match=r"spans 3 cells .* has 2"):
        shapes.receptive_field([Layer(3, 2), Layer(3)], n=6)


def test_seen_and_unseen():
    assert shapes.seen(5, 2, dilation=2, padding=(1, 0)) == [(-1, 1), (0, 2), (1, 3), (2, 4)]
    assert shapes.unseen(5, 1, stride=2) == [1, 3]
    assert shapes.unseen(5, 3, padding="same") == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shapes.output_size(7.0, 3), r"n must be a whole number, at least 1; got 7\.0"),
        (lambda: shapes.output_size("7", 3), "n must be a whole number"),
        (lambda: shapes.output_size(0, 3, padding=5), "n must be at least 1; got 0"),
        (lambda: shapes.output_size(7, 0), "kernel_size must be at least 1; got 0"),
        (lambda: shapes.output_size(7, 3, stride=0), "stride must be at least 1; got 0"),
        (lambda: shapes.output_size(7, 3, stride=-1), "stride must be at least 1; got -1"),
        (lambda: shapes.output_size(7, 3, stride=True), "stride must be a whole number"),
        (lambda: shapes.output_size(7, 3, stride=1.5), "stride must be a whole number"),
        (lambda: shapes.output_size(7, 3, dilation=0), "dilation must be at least 1; got 0"),
        (lambda: shapes.output_size(7, 3, padding=-1), "padding must be at least 0; got -1"),
        (lambda: shapes.output_size(7, 3, padding=(1, -2)), "padding after must be at least 0; got -2"),
        (lambda: shapes.output_size(7, 3, padding=(1, 2, 3)), "got 3 numbers"),
        (lambda: shapes.output_size(7, 3, padding="causal"), "'causal'"),
        (lambda: shapes.output_size(7, 3, padding=None), "padding must be a whole number"),
        (
            lambda: shapes.output_size(4, 3, dilation=2),
            r"spans 5 cells \(kernel_size 3, dilation 2\) .* has 4 \(4 and pad",
        ),
        (lambda: shapes.resolve_padding("valid", 7, 3, stride=0), "stride must be at least 1"),
        (lambda: shapes.conv_parameters((), 3, 32), "kernel_size is empty"),
        (lambda: shapes.conv_parameters((3, 0), 3, 32), r"kernel_size\[1\] must be at least 1"),
        (lambda: shapes.conv_parameters(3, 0, 32), "channels_in must be at least 1"),
        (lambda: shapes.conv_parameters(3, 3, 32, groups=2), "3 input channels and 32 filters .* 2 equal groups"),
        (lambda: shapes.conv_parameters(3, 4, 3, groups=2), "4 input channels and 3 filters .* 2 equal groups"),
        (lambda: shapes.conv_multiply_adds((3,), 3, 32, 32), r"kernel_size has 1 axes .* output has 2"),
        (lambda: shapes.dense_parameters(3, -1), "units must be at least 1; got -1"),
        (lambda: shapes.transposed_size(4, 3, stride=2, output_padding=2), "smaller than the stride 2; got 2"),
        (lambda: shapes.transposed_size(1, 3, padding=2), "no input of -1 cells has 1 outputs"),
        (lambda: shapes.transposed_size(4, 2, padding="same", output_padding=0), "no input of 3 cells has 4 outputs"),
        (lambda: shapes.receptive_field([3]), "layer 0 must be a Layer or a tuple"),
        (lambda: shapes.receptive_field([Layer(3, stride=0)]), "stride must be at least 1"),
    ],
)
def test_bad_input_is_refused_with_the_numbers(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_importing_shapes_imports_neither_numpy_nor_keras():
    modules = modules_after("import cnnbook.shapes")
    assert "cnnbook.shapes" in modules
    assert not {"numpy", "keras", "tensorflow", "matplotlib"} & modules


def test_importing_the_package_takes_milliseconds():
    code = "import time; start = time.perf_counter(); import cnnbook; print(time.perf_counter() - start)"
    assert min(float(run(code)) for _ in range(3)) < 0.05


def test_the_source_root_is_no_package():
    """`code` is also a module of the standard library, which a package of that name would hide."""
    assert (ROOT / "code" / "cnnbook" / "__init__.py").is_file()
    assert list((ROOT / "code").glob("*.py")) == []
    # With the repository's root on the path, as it is for a command that is started there.
    assert str(ROOT / "code") not in run("import code; print(code.InteractiveConsole, code.__file__)", cwd=ROOT)

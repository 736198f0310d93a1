"""`cnnbook.reference` against the inputs and outputs that PyTorch once computed and ONNX still ships.

Of the 26 convolutions and 15 pooling cases those along one and two axes are used; the book has no 3-D convolution.
ONNX puts channels first and stores kernels as (filters, channels, ...), so every array is turned around first. Pooling
along one axis is pooling of an image of width 1.
"""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from cnnbook import reference

STORED = Path(onnx.__file__).parent / "backend" / "test" / "data" / "pytorch-converted"
OPERATORS = {"Conv": 19, "ConvTranspose": 2, "AveragePool": 4, "MaxPool": 5}  # and how many cases there are of each


def read_tensor(path):
    return numpy_helper.to_array(onnx.TensorProto.FromString(path.read_bytes()))


def find_cases():
    for folder in sorted(STORED.glob("test_*")):
        model = onnx.load(folder / "model.onnx")
        nodes = [node for node in model.graph.node if node.op_type in OPERATORS]
        if len(nodes) == 1 and "3d" not in folder.name:
            yield pytest.param(folder, model, nodes[0], id=folder.name)


CASES = list(find_cases())


def channels_last(array):
    return np.moveaxis(array, 1, -1)


def options_of(node):
    """Return ONNX's attributes under our names; its padding lists the cells before all axes, then those after."""
    attributes = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    axes = len(attributes["kernel_shape"])
    pads = attributes["pads"]
    return {
        "kernel_size": tuple(attributes["kernel_shape"]),
        "stride": tuple(attributes["strides"]),
        "dilation": tuple(attributes.get("dilations", [1] * axes)),
        "padding": tuple(zip(pads[:axes], pads[axes:], strict=True)),
        "groups": attributes.get("group", 1),
        "output_padding": tuple(attributes.get("output_padding", [0] * axes)),
    }


def compute(operator, x, weights, *, kernel_size, groups, output_padding, **options):
    axes = x.ndim - 2
    if operator in ("AveragePool", "MaxPool"):
        pool = {"AveragePool": reference.average_pool2d, "MaxPool": reference.max_pool2d}[operator]
        if axes == 2:
            return pool(x, kernel_size, **options)
        # ONNX gives an average along one axis the second one itself, a maximum not: take the first, add a unit.
        unit = {"stride": 1, "dilation": 1, "padding": (0, 0)}
        image_options = {name: (value[0], unit[name]) for name, value in options.items()}
        return pool(x[:, :, None], (kernel_size[0], 1), **image_options)[:, :, 0]
    weight, *bias = weights
    weight = np.moveaxis(weight, (0, 1), (-1, -2))
    if operator == "ConvTranspose":
        return reference.conv2d_transpose(x, weight, *bias, output_padding=output_padding, **options)
    if axes == 1:
        return reference.conv1d(x, weight, *bias, groups=groups, **{name: value[0] for name, value in options.items()})
    return reference.conv2d(x, weight, *bias, groups=groups, **options)


def test_all_stored_cases_were_found():
    operators = [case.values[2].op_type for case in CASES]
    assert {operator: operators.count(operator) for operator in OPERATORS} == OPERATORS


@pytest.mark.parametrize(("folder", "model", "node"), CASES)
def test_stored_case(folder, model, node):
    (data,) = folder.glob("test_data_set_*")
    x, expected = (channels_last(read_tensor(data / name)) for name in ("input_0.pb", "output_0.pb"))
    weights = [numpy_helper.to_array(initializer) for initializer in model.graph.initializer]
    options = options_of(node)
    result = compute(node.op_type, x, weights, **options)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-6)

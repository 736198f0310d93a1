"""A network as the engine of the browser describes it, as a graph that ONNX Runtime can run.

ONNX puts channels first: images are turned when they come in, maps before they are flattened.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cnnbook import shapes

_ACTIVATIONS = {"relu": "Relu", "softmax": "Softmax"}


class _Graph:
    def __init__(self, arrays, sizes):
        self.nodes, self.constants, self.arrays, self.sizes = [], [], arrays, sizes

    def add(self, operator, inputs, output, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, array, name):
        self.constants.append(numpy_helper.from_array(np.asarray(array, "float32"), name))
        return name

    def channels(self, values, name):
        """One number for each channel, for maps with channels first."""
        return self.constant(np.reshape(values, (-1, 1, 1)), name)

    def window(self, layer, kernel_size):
        """Attributes of what slides; ONNX lists the cells of padding before both axes, then those after."""
        strides, dilations = layer["strides"], layer.get("dilation_rate", (1, 1))
        axes = zip(self.sizes[layer["name"]], kernel_size, strides, dilations, strict=True)
        pads = [shapes.resolve_padding(layer["padding"], n, k, stride=s, dilation=d) for n, k, s, d in axes]
        options = {"kernel_shape": kernel_size, "strides": strides, "pads": np.ravel(np.transpose(pads)).tolist()}
        return options | ({"dilations": dilations} if layer["type"] == "Conv2D" else {})

    def layer(self, layer, inputs, name):
        """Add a layer without its activation; its output is `name`."""
        arrays = self.arrays.get(layer["name"], {})
        match layer["type"]:
            case "Rescaling":
                scaled = self.add("Mul", [*inputs, self.constant(layer["scale"], f"{name}:scale")], f"{name}:scaled")
                return self.add("Add", [scaled, self.constant(layer["offset"], f"{name}:offset")], name)
            case "Normalization":
                centred = self.add("Sub", [*inputs, self.channels(layer["mean"], f"{name}:mean")], f"{name}:centred")
                return self.add("Div", [centred, self.channels(np.sqrt(layer["variance"]), f"{name}:deviation")], name)
            case "Conv2D":
                kernel = self.constant(np.moveaxis(arrays["kernel"], (3, 2), (0, 1)), f"{name}:kernel")
                bias = [self.constant(arrays["bias"], f"{name}:bias")] if "bias" in arrays else []
                return self.add("Conv", [*inputs, kernel, *bias], name, **self.window(layer, layer["kernel_size"]))
            case "MaxPooling2D" | "AveragePooling2D":
                operator = layer["type"].removesuffix("ing2D")
                return self.add(operator, inputs, name, **self.window(layer, layer["pool_size"]))
            case "BatchNormalization":
                all_parts = {"gamma": np.ones_like(arrays["beta"])} | arrays  # a layer may have no scale of its own
                parts = ("gamma", "beta", "moving_mean", "moving_variance")
                weights = [self.constant(all_parts[part], f"{name}:{part}") for part in parts]
                return self.add("BatchNormalization", [*inputs, *weights], name, epsilon=layer["epsilon"])
            case "GlobalAveragePooling2D":
                return self.add("Flatten", [self.add("GlobalAveragePool", inputs, f"{name}:mean")], name)
            case "GlobalMaxPooling2D":
                return self.add("Flatten", [self.add("GlobalMaxPool", inputs, f"{name}:most")], name)
            case "Flatten":
                return self.add("Flatten", [self.add("Transpose", inputs, f"{name}:last", perm=[0, 2, 3, 1])], name)
            case "Dense":
                weights = [self.constant(arrays[part], f"{name}:{part}") for part in arrays]
                return self.add("Gemm", [*inputs, *weights], name)
            case kind:
                same = {"Dropout": "Identity", "Activation": "Identity", "ReLU": "Relu"}
                return self.add(same.get(kind, kind), inputs, name)


def make_model(description, arrays, sizes):
    """Build the model; `arrays` are a layer's weights by the names of Keras, `sizes` rows and columns of its input."""
    graph = _Graph(arrays, sizes)
    last = graph.add("Transpose", ["images"], "image", perm=[0, 3, 1, 2])
    for layer in description["layers"]:
        name, activation = layer["name"], layer.get("activation", "linear")
        inputs = layer.get("inputs", [last])
        if activation == "linear":
            last = graph.layer(layer, inputs, name)
        else:
            last = graph.add(_ACTIVATIONS[activation], [graph.layer(layer, inputs, f"{name}:sums")], name)
    shape = ["count", *description["input"]]
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)
    output = helper.make_tensor_value_info(last, TensorProto.FLOAT, None)
    model = helper.make_graph(graph.nodes, "network", [images], [output], graph.constants)
    return helper.make_model(model, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)

"""PyTorch's conventions beside those of Keras: its output sizes, the layout of its weights, and its defaults.

The rest of the book follows Keras. These small pure functions say where PyTorch differs, so that both can be compared,
or a network moved, where only one of them is installed; `exact_size` is the convention of textbooks that do not floor.
The module imports neither Keras nor PyTorch; the tests compare it with sizes, outputs and errors that PyTorch computed
(``tests/conventions``).

Sizes are along one axis, with the names of `cnnbook.shapes`. PyTorch pads both sides by the same whole number, so
`padding` is an int here. The formulas are those of its documentation (https://docs.pytorch.org/docs/stable/nn.html).
Taught on the page *Move a network between libraries*.
"""

import math

import numpy as np

from cnnbook import shapes
from cnnbook.shapes import kernel_span, whole_number

PYTORCH_DEFAULTS = {
    "batch norm, epsilon": 1e-5,
    "batch norm, momentum": 0.1,  # the share of the new batch; Keras gives the share that is kept
    "layer norm, epsilon": 1e-5,
    "leaky ReLU, slope": 0.01,
    "Adam, epsilon": 1e-8,
    "RMSprop, decay": 0.99,
}


def exact_size(n, kernel_size, *, stride=1, padding="valid", dilation=1):
    """Give the output size if the last step ends at the last cell, and refuse it otherwise.

    Textbooks that call other settings invalid count like this. Keras and PyTorch floor, as does
    `cnnbook.shapes.output_size`, which has the same parameters.

    Raises
    ------
    ValueError
        If cells are left over after the last step; also where `cnnbook.shapes.output_size` raises.

    Examples
    --------
    >>> exact_size(7, 3, stride=2)
    3
    >>> exact_size(8, 3, stride=2)
    Traceback (most recent call last):
    ...
    ValueError: 8 cells with padding 0 + 0, kernel span 3 and stride 2 leave 1 over; change the padding or the stride
    """
    outputs = shapes.output_size(n, kernel_size, stride=stride, padding=padding, dilation=dilation)
    before, after = shapes.resolve_padding(padding, n, kernel_size, stride=stride, dilation=dilation)
    n, stride, span = whole_number("n", n, 1), whole_number("stride", stride, 1), kernel_span(kernel_size, dilation)
    left_over = n + before + after - span - (outputs - 1) * stride
    if left_over:
        raise ValueError(
            f"{n} cells with padding {before} + {after}, kernel span {span} and stride {stride} leave {left_over} "
            "over; change the padding or the stride"
        )
    return outputs


def pytorch_same_padding(kernel_size, *, dilation=1):
    """Give the zeros before and after the input that PyTorch's ``padding="same"`` adds, with stride 1.

    Each is half of ``dilation * (kernel_size - 1)``; if that is odd, the extra zero goes after the input, as in Keras.

    Examples
    --------
    >>> pytorch_same_padding(3), pytorch_same_padding(4)
    ((1, 1), (1, 2))
    """
    return shapes.same_padding(kernel_span(kernel_size, dilation), kernel_size, dilation=dilation)


def pytorch_conv_size(n, kernel_size, *, stride=1, padding=0, dilation=1):
    """Give the output size of ``torch.nn.Conv1d``, or of one axis of ``Conv2d``.

    Parameters
    ----------
    n, kernel_size, stride, dilation : int
    padding : int, "valid" or "same"
        Zeros on each side; "same" keeps the size and is for stride 1 only.

    Raises
    ------
    ValueError
        Where PyTorch raises: "same" with a stride, a kernel that does not fit, a dilation of 0. Also for a pair, which
        means one padding for each axis in PyTorch.

    Examples
    --------
    >>> pytorch_conv_size(8, 3, stride=2, padding=1)
    4
    >>> pytorch_conv_size(8, 3, stride=2, padding="same")
    Traceback (most recent call last):
    ...
    ValueError: PyTorch has padding "same" for stride 1 only; got stride 2; pad by hand, then use padding 0
    """
    stride = whole_number("stride", stride, 1)
    if not isinstance(padding, str) or padding not in ("valid", "same"):
        padding = _each_side(padding)
    elif padding == "same" and stride != 1:
        raise ValueError(
            f'PyTorch has padding "same" for stride 1 only; got stride {stride}; pad by hand, then use padding 0'
        )
    return shapes.output_size(n, kernel_size, stride=stride, padding=padding, dilation=dilation)


def pytorch_pool_size(n, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Give the output size of ``torch.nn.MaxPool1d`` and ``AvgPool1d``, or of one axis of the two-dimensional ones.

    With `ceil_mode` the division is rounded up: a last window may stick out on the right, as long as it starts in the
    input or in the padding before it. ONNX has the same option. Caffe rounds up as well, but drops a last window that
    starts behind the input only if there is padding: 6 cells, window 1, stride 2 and no padding have 4 outputs there.

    Parameters
    ----------
    n, kernel_size : int
    stride : int, optional
        By default the size of the window.
    padding : int
        Cells on each side; at most half of the window.
    dilation : int
        Cells from one cell of the window to the next. Maximum pooling alone has it in PyTorch; Keras has none.
    ceil_mode : bool
        Whether to round up instead of down.

    Raises
    ------
    ValueError
        If the padding is larger than half of the window, or no window fits.

    Examples
    --------
    >>> pytorch_pool_size(8, 3), pytorch_pool_size(8, 3, ceil_mode=True), pytorch_pool_size(8, 3, dilation=2)
    (2, 3, 2)
    """
    n, kernel_size, padding = whole_number("n", n, 1), whole_number("kernel_size", kernel_size, 1), _each_side(padding)
    stride = kernel_size if stride is None else whole_number("stride", stride, 1)
    dilation, span = whole_number("dilation", dilation, 1), kernel_span(kernel_size, dilation)
    if not ceil_mode:
        size = shapes.output_size(n, kernel_size, stride=stride, padding=padding, dilation=dilation)
    else:
        size = -((span - n - 2 * padding) // stride) + 1
        if (size - 1) * stride >= n + padding:
            size -= 1  # the last window would see padding on the right only
    if padding > kernel_size // 2 or size < 1:
        raise ValueError(
            f"PyTorch refuses to pool {n} cells with a window of {kernel_size}, stride {stride}, padding {padding} and "
            f"dilation {dilation}; pad at most half of the window, and make the window fit"
        )
    return size


def pytorch_transposed_size(n, kernel_size, *, stride=1, padding=0, dilation=1, output_padding=0):
    """Give the output size of ``torch.nn.ConvTranspose1d``, or of one axis of ``ConvTranspose2d``.

    It is ``(n - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + output_padding + 1``. For the rules of Keras
    see `cnnbook.shapes.transposed_size`.

    Raises
    ------
    ValueError
        If `output_padding` is negative, or smaller than neither the stride nor the dilation; if no output is left, or
        an argument is no whole number or too small.

    Examples
    --------
    >>> pytorch_transposed_size(4, 3, stride=2), pytorch_transposed_size(4, 3, stride=2, padding=1, output_padding=1)
    (9, 8)
    """
    n, stride, padding = whole_number("n", n, 1), whole_number("stride", stride, 1), _each_side(padding)
    kernel_size, dilation = whole_number("kernel_size", kernel_size, 1), whole_number("dilation", dilation, 1)
    output_padding, span = whole_number("output_padding", output_padding), kernel_span(kernel_size, dilation)
    if not 0 <= output_padding < max(stride, dilation):
        raise ValueError(
            f"output_padding must be at least 0 and smaller than the stride {stride} or the dilation {dilation}; "
            f"got {output_padding}"
        )
    size = (n - 1) * stride - 2 * padding + span + output_padding
    if size < 1:
        raise ValueError(
            f"{n} cells would leave an output of {size} (kernel_size {kernel_size}, dilation {dilation}, "
            f"stride {stride}, padding {padding}); pad less"
        )
    return size


def conv_from_pytorch(weight):
    """Turn the weights of a PyTorch convolution into a Keras kernel: the first two axes go last, in reverse order.

    The same holds for transposed convolutions, which are (in, out, ...) in PyTorch and (..., out, in) in Keras.

    Parameters
    ----------
    weight : array, (filters, channels_in / groups, \\*kernel_size)
        With one spatial axis or more.

    Returns
    -------
    array, (\\*kernel_size, channels_in / groups, filters)

    Raises
    ------
    ValueError
        If there is no spatial axis.

    Examples
    --------
    >>> conv_from_pytorch(np.zeros((32, 3, 5, 7))).shape
    (5, 7, 3, 32)
    """
    return np.moveaxis(_convolution(weight), (0, 1), (-1, -2))


def conv_to_pytorch(kernel):
    """Turn a Keras kernel into the weights of a PyTorch convolution; undoes `conv_from_pytorch`.

    Examples
    --------
    >>> conv_to_pytorch(np.zeros((5, 7, 3, 32))).shape
    (32, 3, 5, 7)
    """
    return np.moveaxis(_convolution(kernel), (-1, -2), (0, 1))


def dense_from_pytorch(weight, flattened=None):
    """Turn the weights of ``torch.nn.Linear`` into the kernel of a Keras `Dense` layer.

    Parameters
    ----------
    weight : array, (units, units_in)
    flattened : (int, int, int), optional
        Height, width and channels of the map that is flattened before this layer. PyTorch flattens it channel by
        channel and Keras place by place, so the inputs must change places.

    Returns
    -------
    array, (units_in, units)

    Raises
    ------
    ValueError
        If `weight` does not have two axes, or the map does not have as many cells as the layer has inputs.

    Examples
    --------
    >>> dense_from_pytorch(np.arange(8).reshape(1, 8), flattened=(2, 2, 2)).ravel()
    array([0, 4, 1, 5, 2, 6, 3, 7])
    """
    weight = _dense(weight)
    if flattened is None:
        return weight.T
    height, width, channels = _map_of(flattened, weight.shape[1])
    planes = weight.reshape(-1, channels, height, width)
    return planes.transpose(2, 3, 1, 0).reshape(-1, len(weight))


def dense_to_pytorch(kernel, flattened=None):
    """Turn the kernel of a Keras `Dense` layer into the weights of ``torch.nn.Linear``; undoes `dense_from_pytorch`.

    Examples
    --------
    >>> dense_to_pytorch(np.array([[0], [4], [1], [5], [2], [6], [3], [7]]), flattened=(2, 2, 2))
    array([[0, 1, 2, 3, 4, 5, 6, 7]])
    """
    kernel = _dense(kernel)
    if flattened is None:
        return kernel.T
    maps = kernel.reshape(*_map_of(flattened, len(kernel)), -1)
    return maps.transpose(3, 2, 0, 1).reshape(kernel.shape[1], -1)


def _each_side(padding):
    """Return the cells that PyTorch pads on each side of an axis, as an int."""
    if isinstance(padding, str | tuple | list):
        raise ValueError(
            f"PyTorch pads an axis by one whole number on each side; got {padding!r}; pad by hand, then use padding 0"
        )
    return whole_number("padding", padding, 0)


def _convolution(weights):
    weights = np.asarray(weights)
    if weights.ndim < 3:
        raise ValueError(
            f"the weights of a convolution have three axes or more; got shape {weights.shape}; those of a dense layer "
            "are for dense_from_pytorch and dense_to_pytorch"
        )
    return weights


def _dense(weights):
    weights = np.asarray(weights)
    if weights.ndim != 2:
        raise ValueError(f"the weights of a dense layer have two axes; got shape {weights.shape}; leave the bias out")
    return weights


def _map_of(flattened, inputs):
    flattened = tuple(whole_number("a side of the flattened map", side, 1) for side in flattened)
    if len(flattened) != 3 or math.prod(flattened) != inputs:
        raise ValueError(
            f"a flattened map (height, width, channels) must have as many cells as the layer has inputs, {inputs}; "
            f"got {flattened}"
        )
    return flattened

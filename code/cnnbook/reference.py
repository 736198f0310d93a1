"""Convolution and pooling in NumPy, written to be read: pad, look through windows, multiply and add.

Arrays have their channels last: ``(batch, steps, channels)`` in one dimension, ``(batch, height, width, channels)``
in two. As in every deep-learning library the kernel is not flipped, so "convolution" here is what signal processing
calls cross-correlation. The tests compare these functions with Keras and with the cases that ONNX ships; the browser
code is compared with these functions.

Integers and booleans give int64 (as `numpy.sum` does, so that 8-bit pixels cannot overflow), floating-point numbers
what NumPy promotes them to. Max pooling and `relu` keep the data type as it is. Sums of 16-bit floats are added up in
32 bits, as `numpy.mean` does, and rounded to 16 bits at the end.

Sizes are those of `cnnbook.shapes`, except that a kernel that does not fit gives an empty output here. Taught on the
pages of ``book/arithmetic``.
"""

from operator import index
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnbook import shapes


def conv1d(x, kernel, bias=None, *, stride=1, padding="valid", dilation=1, groups=1):
    """Convolve a batch of sequences with a set of filters: multiply each window by each filter, and add up.

    Taught on the page *Slide a filter along a row*.

    Parameters
    ----------
    x : array, (batch, steps, channels_in)
    kernel : array, (kernel_size, channels_in / groups, filters)
    bias : array, (filters,), optional
    stride, dilation : int
        Cells from one window to the next, and from one cell of the kernel to the next.
    padding : "valid", "same", int or (before, after)
        Zeros around the sequence; see `cnnbook.shapes.resolve_padding`.
    groups : int
        Channels and filters are split into this many equal groups; the filters of a group see its channels only.

    Returns
    -------
    array, (batch, new_steps, filters)

    Raises
    ------
    ValueError
        If a number of axes, channels or biases does not match, with the shapes.

    Examples
    --------
    >>> x, kernel = np.array([2, -1, 0, 3, 1, -2, 1]), np.array([1, 0, -1])
    >>> conv1d(x[None, :, None], kernel[:, None, None]).ravel()
    array([ 2, -4, -1,  5,  0])
    """
    return _convolve(1, x, kernel, bias, stride, padding, dilation, groups)


def conv2d(x, kernel, bias=None, *, stride=1, padding="valid", dilation=1, groups=1):
    """Convolve a batch of images with a set of filters: multiply each window by each filter, and add up.

    Taught on the page *Filter a volume*.

    Parameters
    ----------
    x : array, (batch, height, width, channels_in)
    kernel : array, (kernel_h, kernel_w, channels_in / groups, filters)
    bias : array, (filters,), optional
    stride, dilation : int or (int, int)
        As for `conv1d`; one number for both axes, or one each for height and width.
    padding : "valid", "same", int, (int, int) or ((top, bottom), (left, right))
        Zeros around the image. A pair of ints adds the first above and below, the second on the left and the right.
    groups : int
        Channels and filters are split into this many equal groups; the filters of a group see its channels only.

    Returns
    -------
    array, (batch, new_height, new_width, filters)

    Raises
    ------
    ValueError
        If a number of axes, channels or biases does not match, with the shapes.

    Examples
    --------
    >>> conv2d(np.ones((1, 4, 4, 3)), np.ones((2, 2, 3, 2)), bias=np.array([0, 1]))[0, 0, 0]
    array([12., 13.])
    """
    return _convolve(2, x, kernel, bias, stride, padding, dilation, groups)


def products(x, kernel, row, column, filter=0, *, stride=1, padding="valid", dilation=1, groups=1):
    """Give the single products behind one cell of `conv2d`; their sum plus the filter's bias is that cell.

    Taught on the page *Filter a volume*.

    Parameters
    ----------
    x : array, (height, width, channels_in)
        One image.
    kernel : array, (kernel_h, kernel_w, channels_in / groups, filters)
    row, column, filter : int
        Which cell of the output, counted from 0.
    stride, padding, dilation, groups
        As for `conv2d`.

    Returns
    -------
    array, (kernel_h, kernel_w, channels_in / groups)
        Of 16-bit floats in 32 bits, since `conv2d` adds them up there.

    Raises
    ------
    ValueError
        If the output has no such cell.

    Examples
    --------
    >>> image, kernel = np.arange(9).reshape(3, 3, 1), np.array([[1, 0], [0, -1]]).reshape(2, 2, 1, 1)
    >>> products(image, kernel, row=1, column=0)[..., 0]
    array([[ 3,  0],
           [ 0, -7]])
    """
    x, kernel = _array("x", x, 3, "(height, width, channels)"), _kernel(kernel, 2)
    x = x.astype(_at_least_32_bits(_sum_dtype(x, kernel)), copy=False)
    row, column, filter = (
        shapes.whole_number(name, value) for name, value in (("row", row), ("column", column), ("filter", filter))
    )
    groups, channels, filters = _check_groups(x, kernel, groups)
    windows = _windows(x[None], _axes(x.shape[:2], kernel.shape[:2], stride, padding, dilation))[0]
    rows, columns = windows.shape[:2]
    if not (0 <= row < rows and 0 <= column < columns and 0 <= filter < filters):
        raise ValueError(
            f"the output has {rows} rows, {columns} columns and {filters} filters, counted from 0; "
            f"got row {row}, column {column}, filter {filter}"
        )
    first = filter // (filters // groups) * channels  # the first channel that this filter sees
    return windows[row, column, ..., first : first + channels] * kernel[..., filter]


def conv2d_transpose(x, kernel, bias=None, *, stride=1, padding="valid", dilation=1, output_padding=None):
    """Apply the adjoint of `conv2d`: each input cell adds its value times the kernel to the output.

    If convolution is multiplication by a matrix C, this is multiplication by the transpose of C:
    ``sum(conv2d(y, kernel) * x)`` equals ``sum(y * conv2d_transpose(x, kernel))`` for every `x` and `y`, with the same
    `kernel` and options. So what `conv2d` calls its input channels are the filters here, and the axes of `kernel` are
    those of ``keras.layers.Conv2DTranspose``.

    Taught on the page *Predict the size of a feature map*.

    Parameters
    ----------
    x : array, (batch, height, width, channels_in)
    kernel : array, (kernel_h, kernel_w, filters, channels_in)
    bias : array, (filters,), optional
    stride, padding, dilation
        Those of the convolution that it undoes, as for `conv2d`; padding makes the output smaller.
    output_padding : int or (int, int), optional
        Chooses among the output sizes that a stride allows; see `cnnbook.shapes.transposed_size`.

    Returns
    -------
    array, (batch, new_height, new_width, filters)

    Raises
    ------
    ValueError
        If the shapes do not match, or no output size fits the options.

    Examples
    --------
    >>> conv2d_transpose(np.array([1, 10]).reshape(1, 1, 2, 1), np.array([1, 2, 3]).reshape(1, 3, 1, 1)).ravel()
    array([ 1, 12, 23, 30])
    """
    x, kernel = _array("x", x, 4, "(batch, height, width, channels)"), _kernel(kernel, 2, "filters, channels_in")
    batch, *inputs, channels_in = x.shape
    *taps, filters, channels = kernel.shape
    if channels_in != channels:
        raise ValueError(
            f"x {x.shape} has {channels_in} channels but the kernel {kernel.shape} is for {channels}; "
            "its axes are (kernel_h, kernel_w, filters, channels_in)"
        )
    bias = _bias(bias, filters, kernel)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": output_padding}
    per_axis = zip(inputs, taps, *(_per_axis(name, value, 2) for name, value in options.items()), strict=True)
    sizes = [
        shapes.transposed_size(n, k, stride=s, padding=p, dilation=d, output_padding=extra)
        for n, k, s, p, d, extra in per_axis
    ]
    axes = _axes(sizes, taps, stride, padding, dilation)  # of the convolution that is transposed

    # Scale a copy of the kernel by each input cell; then add the copies up, one cell of the kernel at a time.
    dtype = _sum_dtype(x, kernel, bias)
    x = x.astype(_at_least_32_bits(dtype), copy=False)
    copies = np.tensordot(x, kernel, axes=(3, 3))
    y = np.zeros((batch, *(axis.padded for axis in axes), filters), copies.dtype)
    for position in np.ndindex(*taps):
        rows, columns = (
            slice(tap * axis.dilation, tap * axis.dilation + axis.positions * axis.stride, axis.stride)
            for tap, axis in zip(position, axes, strict=True)
        )
        y[:, rows, columns] += copies[:, :, :, *position]
    rows, columns = (slice(axis.before, axis.before + axis.n) for axis in axes)
    return (y[:, rows, columns] + bias).astype(dtype, copy=False)


def max_pool2d(x, kernel_size=2, *, stride=None, padding="valid", dilation=1):
    """Take the largest value in each window, for each channel on its own; padding never wins.

    Taught on the page *Pool a feature map*.

    Parameters
    ----------
    x : array, (batch, height, width, channels)
    kernel_size : int or (int, int)
        Height and width of the window; Keras calls it `pool_size`.
    stride : int or (int, int), optional
        By default the size of the window, so that windows neither overlap nor leave gaps.
    padding, dilation
        As for `conv2d`.

    Returns
    -------
    array, (batch, new_height, new_width, channels), with the data type of `x`

    Raises
    ------
    ValueError
        If `x` has another number of axes, or the padding is so large that a window sees nothing but padding.

    Examples
    --------
    >>> max_pool2d(np.arange(16).reshape(1, 4, 4, 1))[0, ..., 0]
    array([[ 5,  7],
           [13, 15]])
    """
    x = _array("x", x, 4, "(batch, height, width, channels)")
    windows, _ = _pool_windows(x, kernel_size, stride, padding, dilation, fill=_lowest(x.dtype))
    return windows.max(axis=(3, 4))


def average_pool2d(x, kernel_size=2, *, stride=None, padding="valid", dilation=1):
    """Take the mean of each window, for each channel on its own; padding is not counted.

    Parameters and errors are those of `max_pool2d`. Keras leaves padding out of the mean as well; in PyTorch it counts
    as zeros, unless told otherwise. Taught on the page *Pool a feature map*.

    Returns
    -------
    array, (batch, new_height, new_width, channels), floating-point

    Examples
    --------
    >>> average_pool2d(np.ones((1, 3, 3, 1)), padding="same")[0, ..., 0]
    array([[1., 1.],
           [1., 1.]])
    """
    x = _array("x", x, 4, "(batch, height, width, channels)")
    dtype = _mean_dtype(x)
    x = x.astype(_at_least_32_bits(dtype), copy=False)
    windows, cells = _pool_windows(x, kernel_size, stride, padding, dilation, fill=0)
    return (windows.sum(axis=(3, 4)) / cells.astype(x.dtype)).astype(dtype, copy=False)


def relu(x):
    """Replace negative values by 0, element by element; NaN stays NaN.

    Examples
    --------
    >>> relu(np.array([-2, 0, 3]))
    array([0, 0, 3])
    """
    x = _real("x", x)
    return np.maximum(x, x.dtype.type(0))


def softmax(x, axis=-1):
    """Turn scores into probabilities: ``exp(x) / sum(exp(x))`` along `axis`.

    The largest score is subtracted first. That leaves the result as it is and keeps `exp` from overflowing.

    Examples
    --------
    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    x = _real("x", x)
    dtype = _mean_dtype(x)
    x = x.astype(_at_least_32_bits(dtype), copy=False)  # 8-bit integers would wrap around below
    exponentials = np.exp(x - x.max(axis=axis, keepdims=True))
    return (exponentials / exponentials.sum(axis=axis, keepdims=True)).astype(dtype, copy=False)


class _Axis(NamedTuple):
    """One spatial axis: `n` cells, padded, on which a kernel moves by `stride`."""

    n: int
    kernel_size: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def span(self):
        return shapes.kernel_span(self.kernel_size, self.dilation)

    @property
    def padded(self):
        return self.before + self.n + self.after

    @property
    def positions(self):
        return max((self.padded - self.span) // self.stride + 1, 0)


def _axes(cells, kernel_size, stride, padding, dilation):
    """Give each axis its options: `cells` and `kernel_size` have one entry for each axis, the others may have one."""
    count = len(cells)
    # Along one axis a pair means (before, after), along two axes (height, width).
    paddings = (padding,) if count == 1 else _per_axis("padding", padding, count)
    strides, dilations = _per_axis("stride", stride, count), _per_axis("dilation", dilation, count)
    axes = []
    for n, k, s, p, d in zip(cells, kernel_size, strides, paddings, dilations, strict=True):
        before, after = shapes.resolve_padding(p, n, k, stride=s, dilation=d)
        # `resolve_padding` has checked them all; as Python's ints they cannot overflow.
        axes.append(_Axis(index(n), index(k), index(s), index(d), before, after))
    return axes


def _per_axis(name, value, count):
    if not isinstance(value, tuple | list):
        return (value,) * count
    if len(value) != count:
        raise ValueError(f"{name} must be one value for all axes or one for each of {count}; got {value!r}")
    return tuple(value)


def _windows(x, axes, fill=0):
    """Pad `x` (batch, *cells, channels) and look at it through a sliding kernel, without copying it again.

    Returns (batch, *positions, *kernel_size, channels).
    """
    if any(axis.before or axis.after for axis in axes):
        x = np.pad(x, [(0, 0), *((axis.before, axis.after) for axis in axes), (0, 0)], constant_values=fill)
    if any(axis.padded < axis.span for axis in axes):
        # NumPy refuses a window larger than the array; here the kernel then has no position along that axis.
        shape = (x.shape[0], *(axis.positions for axis in axes), *(axis.kernel_size for axis in axes), x.shape[-1])
        return np.empty(shape, x.dtype)
    spatial = tuple(range(1, len(axes) + 1))
    windows = sliding_window_view(x, [axis.span for axis in axes], axis=spatial)
    windows = np.moveaxis(windows, len(axes) + 1, -1)  # channels last again
    every_stride = (slice(None, None, axis.stride) for axis in axes)
    every_tap = (slice(None, None, axis.dilation) for axis in axes)
    return windows[(slice(None), *every_stride, *every_tap)]


def _convolve(count, x, kernel, bias, stride, padding, dilation, groups):
    """Convolve along `count` axes. Fast: all sums of a group are one matrix product."""
    names = {1: "(batch, steps, channels)", 2: "(batch, height, width, channels)"}
    x, kernel = _array("x", x, count + 2, names[count]), _kernel(kernel, count)
    groups, _, filters = _check_groups(x, kernel, groups)
    bias = _bias(bias, filters, kernel)
    dtype = _sum_dtype(x, kernel, bias)
    x = x.astype(_at_least_32_bits(dtype), copy=False)

    windows = _windows(x, _axes(x.shape[1:-1], kernel.shape[:-2], stride, padding, dilation))
    parts = zip(np.split(windows, groups, axis=-1), np.split(kernel, groups, axis=-1), strict=True)
    # The last axes of a window are the first axes of the kernel, (*kernel_size, channels): multiply, and add over them.
    y = np.concatenate([np.tensordot(window, part, axes=count + 1) for window, part in parts], axis=-1)
    y += bias  # in place: a second array of this size costs more time than the addition
    return y.astype(dtype, copy=False)


def _pool_windows(x, kernel_size, stride, padding, dilation, fill):
    """Return the windows (batch, rows, columns, kernel_h, kernel_w, channels), and how many cells of each are input."""
    kernel_size = _per_axis("kernel_size", kernel_size, 2)
    axes = _axes(x.shape[1:3], kernel_size, kernel_size if stride is None else stride, padding, dilation)
    cells = _windows(np.ones((1, *x.shape[1:3], 1), int), axes).sum(axis=(3, 4))
    if not cells.all():
        raise ValueError(
            f"with padding {padding!r} some windows of {kernel_size} see padding only (x {x.shape}); "
            "pad at most half of the window"
        )
    return _windows(x, axes, fill), cells


def _real(name, value):
    """An array of a data type that NumPy itself adds up; bfloat16 is one of another package (``isbuiltin == 2``)."""
    value = np.asarray(value)
    if value.dtype.kind not in "biuf" or value.dtype.isbuiltin == 2:
        raise ValueError(f"{name} must hold real numbers; got data type {value.dtype}; convert to float32 first")
    return value


def _array(name, value, axes, names):
    value = _real(name, value)
    if value.ndim != axes:
        raise ValueError(f"{name} must have {axes} axes {names}; got {value.ndim}, shape {value.shape}")
    return value


def _kernel(kernel, axes, last="channels_in / groups, filters"):
    first = {1: "kernel_size", 2: "kernel_h, kernel_w"}[axes]
    kernel = _array("kernel", kernel, axes + 2, f"({first}, {last})")
    if 0 in kernel.shape:
        raise ValueError(f"the kernel is empty, shape {kernel.shape}; every axis needs at least one entry")
    return kernel


def _check_groups(x, kernel, groups):
    """Check that they fit together; return the groups as an int, the channels that one filter sees, and the filters."""
    channels_in, (channels, filters), groups = x.shape[-1], kernel.shape[-2:], shapes.whole_number("groups", groups, 1)
    shapes.conv_parameters(1, channels_in, filters, groups=groups)  # raises if the groups divide either unevenly
    if channels_in != channels * groups:
        raise ValueError(
            f"x {x.shape} has {channels_in} channels but the kernel {kernel.shape} with groups {groups} is for "
            f"{channels * groups}; the last axes of the kernel are (channels_in / groups, filters)"
        )
    return groups, channels, filters


def _lowest(dtype):
    if dtype.kind == "f":
        return -np.inf
    return False if dtype.kind == "b" else np.iinfo(dtype).min  # integers have no infinity


def _bias(bias, filters, kernel):
    if bias is None:
        return np.zeros(1, kernel.dtype)
    bias = _array("bias", bias, 1, "(filters,)")
    if len(bias) != filters:
        raise ValueError(f"the kernel {kernel.shape} has {filters} filters but there are {len(bias)} biases")
    return bias


def _sum_dtype(*arrays):
    dtype = np.result_type(*arrays)
    return dtype if dtype.kind == "f" else np.result_type(dtype, np.int64)


def _at_least_32_bits(dtype):
    """The data type to add up in: a sum of 16-bit floats loses its small terms, and overflows at 65,504."""
    return np.result_type(dtype, np.float32) if dtype.kind == "f" and dtype.itemsize < 4 else dtype


def _mean_dtype(x):
    return x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)

"""The arithmetic of a convolution in plain Python: sizes, padding, parameters, multiply-adds, receptive field.

Every function works on one axis unless it says otherwise; an image needs one call for its height and one for its
width. Sizes are counted in cells. The names are those of the book's table of notation: `n` cells of input,
`kernel_size`, `stride`, `padding`, `dilation`. A kernel with dilation d has gaps: its cells reach over a **span** of
``d * (kernel_size - 1) + 1``.

Importing this module imports neither NumPy nor Keras. The pages of ``book/arithmetic`` derive the formulas, after
V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, 2016.
"""

import math
from operator import index
from typing import NamedTuple

Padding = str | int | tuple[int, int]
PADDINGS = '"valid", "same", a whole number for each side, or a pair (before, after)'


def whole_number(name, value, least=None):
    """Return `value` as a Python int, or say what `name` has to be: a whole number, and at least `least` if given.

    NumPy's integers pass, booleans and floats do not. Compute with what is returned and not with `value`: NumPy's
    narrow integers overflow.

    Examples
    --------
    >>> whole_number("n", 32)
    32
    >>> whole_number("stride", 0.5, least=1)
    Traceback (most recent call last):
    ...
    ValueError: stride must be a whole number, at least 1; got 0.5
    """
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    if number is None:
        bound = "" if least is None else f", at least {least}"
        raise ValueError(f"{name} must be a whole number{bound}; got {value!r}")
    if least is not None and number < least:
        raise ValueError(f"{name} must be at least {least}; got {value!r}")
    return number


def _size_per_axis(name, value):
    """Return a size for each axis: an int is a square with two axes, a tuple has one entry for each axis."""
    if not isinstance(value, tuple | list):
        return (whole_number(name, value, 1),) * 2
    if not value:
        raise ValueError(f"{name} is empty; give one size for each axis, or one whole number for a square")
    return tuple(whole_number(f"{name}[{axis}]", size, 1) for axis, size in enumerate(value))


def _channels_per_group(channels_in, filters, groups):
    """Return the channels that one filter sees, and the filters, as ints."""
    channels_in, filters = whole_number("channels_in", channels_in, 1), whole_number("filters", filters, 1)
    groups = whole_number("groups", groups, 1)
    if channels_in % groups or filters % groups:
        raise ValueError(
            f"{channels_in} input channels and {filters} filters cannot be split into {groups} equal groups; "
            "choose groups that divide both"
        )
    return channels_in // groups, filters


def _has_bias(bias):
    if hasattr(bias, "__len__"):  # the biases themselves, or a word
        raise ValueError(f"bias must be True or False; got {bias!r}")
    return bool(bias)


def kernel_span(kernel_size, dilation=1):
    """Count the cells from the first to the last that a kernel reads, gaps included.

    Taught on the page *Predict the size of a feature map*.

    Examples
    --------
    >>> kernel_span(3), kernel_span(3, dilation=2)
    (3, 5)
    """
    return (whole_number("kernel_size", kernel_size, 1) - 1) * whole_number("dilation", dilation, 1) + 1


def same_padding(n, kernel_size, *, stride=1, dilation=1):
    """Count the zeros that padding "same" adds: as few as make the output ``ceil(n / stride)`` long.

    The total is ``max((ceil(n / stride) - 1) * stride + span - n, 0)``. Half of it goes before the input; an odd total
    has its extra zero after the input. This is the rule of TensorFlow and Keras
    (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).

    Taught on the page *Keep the size with padding*.

    Parameters
    ----------
    n, kernel_size, stride, dilation : int
        As for `output_size`.

    Returns
    -------
    (int, int)
        Zeros before and after the input.

    Examples
    --------
    >>> same_padding(7, 3), same_padding(7, 2), same_padding(8, 3, stride=2)
    ((1, 1), (0, 1), (0, 1))
    """
    n, span, stride = whole_number("n", n, 0), kernel_span(kernel_size, dilation), whole_number("stride", stride, 1)
    total = max((-(-n // stride) - 1) * stride + span - n, 0)
    return total // 2, total - total // 2


def resolve_padding(padding, n, kernel_size, *, stride=1, dilation=1):
    """Turn any way to ask for padding into the number of zeros before and after the input.

    Taught on the page *Keep the size with padding*.

    Parameters
    ----------
    padding : "valid", "same", int or (int, int)
        None; as many as `same_padding` says; that many on each side; or that many before and after.
    n, kernel_size, stride, dilation : int
        Always checked, but only "same" depends on them.

    Returns
    -------
    (int, int)
        Zeros before and after the input.

    Raises
    ------
    ValueError
        If `padding` is none of these, or negative; if `n` is negative or another argument is less than 1.

    Examples
    --------
    >>> [resolve_padding(padding, 7, 3) for padding in ("valid", "same", 2, (0, 1))]
    [(0, 0), (1, 1), (2, 2), (0, 1)]
    """
    same = same_padding(n, kernel_size, stride=stride, dilation=dilation)
    if isinstance(padding, str):
        if padding not in ("valid", "same"):
            raise ValueError(f"padding must be {PADDINGS}; got {padding!r}")
        return same if padding == "same" else (0, 0)
    if isinstance(padding, tuple | list):
        if len(padding) != 2:
            raise ValueError(f"padding must be {PADDINGS}; got {len(padding)} numbers: {padding!r}")
        return whole_number("padding before", padding[0], 0), whole_number("padding after", padding[1], 0)
    return (whole_number("padding", padding, 0),) * 2


def output_size(n, kernel_size, *, stride=1, padding="valid", dilation=1):
    """Count the positions of a kernel on `n` cells: ``floor((n + before + after - span) / stride) + 1``.

    The same formula holds for pooling, where `kernel_size` is the size of the window. Taught on the page *Predict the
    size of a feature map*.

    Parameters
    ----------
    n : int
        Cells of the input along this axis.
    kernel_size : int
        Cells of the kernel along this axis.
    stride : int
        Cells from one position of the kernel to the next.
    padding : "valid", "same", int or (int, int)
        Zeros around the input; see `resolve_padding`.
    dilation : int
        Cells from one cell of the kernel to the next.

    Returns
    -------
    int
        Cells of the output along this axis.

    Raises
    ------
    ValueError
        If the kernel does not fit into the padded input, or an argument is no whole number or too small.

    Examples
    --------
    >>> output_size(32, 5, stride=2, padding=2)
    16
    >>> output_size(4, 3, dilation=2)
    Traceback (most recent call last):
    ...
    ValueError: the kernel spans 5 cells (kernel_size 3, dilation 2) but the padded input has 4 (4 and padding 0 + 0); \
make the kernel or the dilation smaller, or pad more
    """
    n, span, stride = whole_number("n", n, 1), kernel_span(kernel_size, dilation), whole_number("stride", stride, 1)
    before, after = resolve_padding(padding, n, kernel_size, stride=stride, dilation=dilation)
    if n + before + after < span:
        raise ValueError(
            f"the kernel spans {span} cells (kernel_size {kernel_size}, dilation {dilation}) but the padded input has "
            f"{n + before + after} ({n} and padding {before} + {after}); "
            "make the kernel or the dilation smaller, or pad more"
        )
    return (n + before + after - span) // stride + 1


def transposed_size(n, kernel_size, *, stride=1, padding="valid", dilation=1, output_padding=None):
    """Count the cells that a transposed convolution makes of `n` cells, as Keras and PyTorch do.

    A transposed convolution goes back from the output of a convolution to its input. With a stride, several input
    sizes have the same output size, because the division is floored; `output_padding` chooses among them.

    ========================  ==================================  ============================================
    padding                   without `output_padding`            with `output_padding`
    ========================  ==================================  ============================================
    "valid" (Keras)           (n - 1) stride + max(span, stride)  (n - 1) stride + span + output_padding
    "same" (Keras)            n stride                            (n - 1) stride + span mod 2 + output_padding
    int, pair (PyTorch,ONNX)  as with 0                           (n - 1) stride + span - before - after +
                                                                  output_padding
    ========================  ==================================  ============================================

    So ``padding=0`` and ``padding="valid"`` differ where the stride is larger than the span. Taught on the page
    *Predict the size of a feature map*.

    Parameters
    ----------
    n, kernel_size, stride, padding, dilation
        As for `output_size`; they are those of the convolution that it undoes, whose output has `n` cells.
    output_padding : int, optional
        Cells added at the end, fewer than the stride.

    Returns
    -------
    int
        Cells of the output along this axis; `output_size` leads from them back to `n`.

    Raises
    ------
    ValueError
        If `output_padding` is not smaller than the stride, or no input of the resulting size has `n` outputs.

    Examples
    --------
    >>> transposed_size(16, 3, stride=2, padding="same"), transposed_size(16, 3, stride=2, padding=1)
    (32, 31)
    >>> output_size(32, 3, stride=2, padding=1), output_size(31, 3, stride=2, padding=1)
    (16, 16)
    """
    n, span, stride = whole_number("n", n, 1), kernel_span(kernel_size, dilation), whole_number("stride", stride, 1)
    if output_padding is not None:
        output_padding = whole_number("output_padding", output_padding, 0)
        if output_padding >= stride:
            raise ValueError(f"output_padding must be smaller than the stride {stride}; got {output_padding}")

    before, after = resolve_padding(padding, n, kernel_size)
    if padding == "same":
        size = n * stride if output_padding is None else (n - 1) * stride + span % 2 + output_padding
    elif padding == "valid" and output_padding is None:
        size = (n - 1) * stride + max(span, stride)
    else:
        size = (n - 1) * stride + span - before - after + (output_padding or 0)

    if size < 1 or output_size(size, kernel_size, stride=stride, padding=padding, dilation=dilation) != n:
        raise ValueError(
            f"no input of {size} cells has {n} outputs (kernel_size {kernel_size}, dilation {dilation}, "
            f"stride {stride}, padding {padding!r}, output_padding {output_padding}); "
            "change the padding or output_padding"
        )
    return size


def conv_parameters(kernel_size, channels_in, filters, *, bias=True, groups=1):
    """Count the weights and biases of a convolution layer; the size of the image plays no part.

    Each filter has ``kernel_size * channels_in / groups`` weights and one bias. Taught on the page *Count parameters
    and multiply-adds*.

    Parameters
    ----------
    kernel_size : int or tuple of int
        An int is a square kernel in two dimensions; a tuple has one size for each axis, so ``(3,)`` is 1-D.
    channels_in, filters : int
        Channels of the input and of the output.
    bias : bool
        Whether each filter has a bias.
    groups : int
        Each filter sees only ``channels_in / groups`` channels.

    Raises
    ------
    ValueError
        If `groups` does not divide `channels_in` and `filters`, or a number is less than 1.

    Examples
    --------
    >>> conv_parameters(3, 3, 32)
    896
    >>> conv_parameters((5,), 8, 16, bias=False, groups=4)
    160
    """
    channels, filters = _channels_per_group(channels_in, filters, groups)
    return (math.prod(_size_per_axis("kernel_size", kernel_size)) * channels + _has_bias(bias)) * filters


def dense_parameters(units_in, units, *, bias=True):
    """Count the weights and biases of a dense layer: one weight for each input and unit, one bias for each unit.

    Taught on the page *Count parameters and multiply-adds*.

    Examples
    --------
    >>> dense_parameters(32 * 32 * 3, 10)
    30730
    """
    return (whole_number("units_in", units_in, 1) + _has_bias(bias)) * whole_number("units", units, 1)


def conv_multiply_adds(kernel_size, channels_in, filters, output, *, groups=1):
    """Count the multiplications of a convolution layer on one example, each with its addition; the bias is left out.

    Every weight is used once for every cell of the output. Taught on the page *Count parameters and multiply-adds*.

    Parameters
    ----------
    kernel_size, channels_in, filters, groups
        As for `conv_parameters`.
    output : int or tuple of int
        Cells of the output along each axis, without its channels; an int is a square.

    Raises
    ------
    ValueError
        If `kernel_size` and `output` have different numbers of axes; also where `conv_parameters` raises.

    Examples
    --------
    >>> conv_multiply_adds(3, 3, 32, output=32)
    884736
    """
    output, kernel_size = _size_per_axis("output", output), _size_per_axis("kernel_size", kernel_size)
    if len(output) != len(kernel_size):
        raise ValueError(
            f"kernel_size has {len(kernel_size)} axes {kernel_size} and output has {len(output)} {output}; "
            "give both the same number (a whole number alone means a square, two axes)"
        )
    channels, filters = _channels_per_group(channels_in, filters, groups)
    return math.prod(output) * math.prod(kernel_size) * channels * filters


def dense_multiply_adds(units_in, units):
    """Count the multiplications of a dense layer on one example, each with its addition; the bias is left out.

    Taught on the page *Count parameters and multiply-adds*.

    Examples
    --------
    >>> dense_multiply_adds(32 * 32 * 3, 10)
    30720
    """
    return dense_parameters(units_in, units, bias=False)


def seen(n, kernel_size, *, stride=1, padding="valid", dilation=1):
    """List for each output the positions that it reads; those below 0, or from `n` on, are padding.

    Taught on the page *Slide a filter along a row*.

    Parameters
    ----------
    n, kernel_size, stride, padding, dilation
        As for `output_size`, which also says what is refused.

    Returns
    -------
    list of tuple of int
        One tuple for each output, with `kernel_size` positions from left to right.

    Examples
    --------
    >>> seen(7, 3, stride=4, padding=1)
    [(-1, 0, 1), (3, 4, 5)]
    """
    outputs = output_size(n, kernel_size, stride=stride, padding=padding, dilation=dilation)
    before, _ = resolve_padding(padding, n, kernel_size, stride=stride, dilation=dilation)
    stride, dilation = index(stride), index(dilation)
    return [tuple(output * stride - before + tap * dilation for tap in range(kernel_size)) for output in range(outputs)]


def unseen(n, kernel_size, *, stride=1, padding="valid", dilation=1):
    """List the input cells that no output reads. Taught on the page *Slide a filter along a row*.

    Examples
    --------
    >>> unseen(7, 3, stride=4, padding=1)
    [2, 6]
    """
    positions = seen(n, kernel_size, stride=stride, padding=padding, dilation=dilation)
    return sorted(set(range(n)).difference(*positions))


class Layer(NamedTuple):
    """One convolution or pooling layer along one axis, for `receptive_fields`."""

    kernel_size: int
    stride: int = 1
    dilation: int = 1
    padding: Padding = "valid"


class ReceptiveField(NamedTuple):
    """The part of the input that one cell of a layer can see, in cells of the network's input.

    Cell `i` of the layer sees nothing outside of the `size` cells that begin at ``start + i * jump``. It sees the first
    and the last of them; a dilation, or a stride wider than its kernel, can leave gaps between: two layers
    ``Layer(3, dilation=2)`` span 9 cells and read 5. Positions outside the input are padding.
    """

    size: int
    jump: int
    start: int


def receptive_fields(layers, n=None):
    """Follow the receptive field through a stack of layers, one result after each.

    A layer widens the field by ``(span - 1) * jump`` and moves its start by ``before * jump`` towards the padding, both
    with the jump of the layers before it; then it multiplies the jump by its stride. Pooling counts like convolution.
    After A. Araujo, W. Norris and J. Sim, "Computing receptive fields of convolutional neural networks", Distill, 2019.

    Taught on the page *Trace the receptive field*.

    Parameters
    ----------
    layers : sequence of Layer, or of tuples with the same entries
        From the input to the output.
    n : int, optional
        Cells of the input. Needed where a layer has padding "same" and a stride, because its padding depends on the
        size that arrives. If it is there, every kernel must fit.

    Returns
    -------
    list of ReceptiveField

    Raises
    ------
    ValueError
        If `n` is missing where it is needed, or a kernel does not fit; if an entry of a layer is not what it must be.

    Examples
    --------
    >>> receptive_fields([Layer(3, padding="same"), Layer(2, stride=2), Layer(3, padding="same")])
    [ReceptiveField(size=3, jump=1, start=-1), ReceptiveField(size=4, jump=2, start=-1), \
ReceptiveField(size=8, jump=2, start=-3)]
    """
    if n is not None:
        n = whole_number("n", n, 1)
    field, fields = ReceptiveField(size=1, jump=1, start=0), []
    for position, layer in enumerate(layers):
        if not isinstance(layer, tuple):
            raise ValueError(f"layer {position} must be a Layer or a tuple (kernel_size, stride, ...); got {layer!r}")
        kernel_size, stride, dilation, padding = Layer(*layer)
        span, stride = kernel_span(kernel_size, dilation), whole_number("stride", stride, 1)
        if n is None and isinstance(padding, str) and padding == "same" and stride > 1:
            raise ValueError(
                f'layer {position} has padding "same" and stride {stride}: its padding depends on the size that '
                "arrives; give n, the cells of the input"
            )
        # With stride 1, "same" pads by span - 1 whatever the size, so any size will do if there is no n.
        options = {"stride": stride, "dilation": dilation}
        before, after = resolve_padding(padding, span if n is None else n, kernel_size, **options)
        if n is not None:
            n = output_size(n, kernel_size, padding=(before, after), **options)
        field = ReceptiveField(
            size=field.size + (span - 1) * field.jump,
            jump=field.jump * stride,
            start=field.start - before * field.jump,
        )
        fields.append(field)
    return fields


def receptive_field(layers, n=None):
    """Give the receptive field of one cell after the last of `layers`; see `receptive_fields`.

    Without layers it is the input cell itself. Taught on the page *Trace the receptive field*.

    Examples
    --------
    >>> receptive_field([Layer(3), Layer(3), Layer(3)])
    ReceptiveField(size=7, jump=1, start=0)
    """
    fields = receptive_fields(layers, n)
    return fields[-1] if fields else ReceptiveField(size=1, jump=1, start=0)

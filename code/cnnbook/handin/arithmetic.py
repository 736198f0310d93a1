"""The checks of what is computed by hand: exercise 1, and the parameters of exercise 4.

Each takes an answer and gives a hint, or None if it is right. The right answers come from `cnnbook.handout` by
`cnnbook.reference` and `cnnbook.shapes`, and so do the usual mistakes.
"""

import numbers

import numpy as np

from cnnbook import handout, reference, shapes

#: The layers whose parameters are counted in the review questions: (kernel, channels of the input, filters).
LAYERS = {"a": (3, 3, 32), "b": (5, 32, 64), "c": (2, 3, 2)}

NOT_ANSWERED = "There is no answer yet: write it where the three dots are."
FAR_TOO_MANY = 1000  # no side, padding or stride of an exercise comes near


def numbers_in(value):
    """An array of real numbers, or None where `value` is none. Tensors of Keras are arrays, too."""
    if not isinstance(value, list | tuple | numbers.Real) and not hasattr(value, "__array__"):
        return None
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):  # rows of different length, or a tensor without values
        return None
    return array if array.dtype.kind in "iuf" and np.isfinite(array).all() else None


# --- exercise 1: one dimension ---


def output_1d(answer):
    if not isinstance(answer, dict):
        return "Keep the dictionary: a row of outputs for each pair (stride, padding)."
    for setting in handout.SETTINGS_1D:
        where = "S={}, P={}: ".format(*setting)
        given = answer.get(setting, ...)
        if given is ...:
            return where + NOT_ANSWERED
        hint = _one_setting(given, *setting)
        if hint:
            return where + hint
    return None


def _one_setting(given, stride, padding):
    given = numbers_in(given)
    if given is None or given.ndim != 1:
        return "write the outputs as a list of numbers, in the order of the stops."
    right = _convolved_1d(stride, padding)
    if len(given) != len(right):
        if padding and np.array_equal(given, _convolved_1d(stride, 0)):
            return "you left the zeros out: put P of them on each side of the input first."
        if len(given) == len(right) + 1 and (len(handout.X) + 2 * padding - len(handout.W)) % stride:
            return "the last window sticks out of the input: half a step does not count, so the size is floored."
        return f"you have {len(given)} outputs; count the stops again, with floor((n + 2P - k) / S) + 1."
    if np.array_equal(given, right):
        return None
    if np.array_equal(given, _convolved_1d(stride, padding, handout.W[::-1])):
        return "you flipped the filter; in a convolution layer it slides as it stands."
    if np.array_equal(given, np.abs(right)) or np.array_equal(given, -right):
        return "look at the signs: minus a negative number is plus."
    place = int(np.flatnonzero(given != right)[0])
    return f"output number {place + 1} is another: lay the filter over its cells, multiply, add."


def _convolved_1d(stride, padding, kernel=handout.W):
    kernel = kernel[:, None, None]
    return reference.conv1d(handout.X[None, :, None], kernel, stride=stride, padding=padding)[0, :, 0]


def size_kept(answer):
    pairs = numbers_in(list(answer) if isinstance(answer, set | frozenset) else answer)
    if pairs is None or not (pairs.shape == (0,) or (pairs.ndim == 2 and pairs.shape[1] == 2)):
        return "Write a list of pairs (stride, padding); it may have one pair only."
    given = {tuple(pair) for pair in pairs.tolist()}
    right = {s for s in handout.SETTINGS_1D if len(_convolved_1d(*s)) == len(handout.X)}
    if given == right:
        return None
    wrong = sorted(given - right)
    if wrong:
        where = "S={:g}, P={:g}".format(*wrong[0])
        if wrong[0] not in handout.SETTINGS_1D:
            return f"{where} is none of the five settings."
        return f"{where} is in your list: count its outputs and the input's cells."
    return "A setting is missing: compare the number of outputs with the number of input cells, setting by setting."


# --- exercise 1: volumes ---


def activation_maps(answer):
    right, channels = handout.FILTERS.shape[-1], handout.VOLUME.shape[-1]
    given = numbers_in(answer)
    if given is None or given.ndim:
        return "One number is asked for."
    if given == right:
        return None
    if given == channels:
        return f"The input has {channels} channels. How many filters slide over it?"
    if given == right * channels:
        return "A filter's products are added up over all channels: it has one map, not one for each channel."
    return "Count the filters: each has one map."


def volume(stride):
    def look(answer):
        right = _convolved_2d(stride=stride).shape
        given = numbers_in(answer)
        if given is None or given.ndim != 1:
            return "Write (height, width, depth)."
        given = tuple(given.tolist())
        mistakes = {
            right[:2]: "The output is a volume: its depth is missing.",
            (*right[:2], handout.VOLUME.shape[-1]): "The depth is the number of filters, not of the input's channels.",
            (right[2], *right[:2]): "Height and width come first here, as in Keras; the depth comes last.",
            (*handout.VOLUME.shape[:2], right[2]): "The input's height and width stay only with padding; here P = 0.",
            tuple(cells - 1 for cells in right[:2]) + right[2:]: "One stop more fits: the filter's start counts too.",
        }
        if given == right:
            return None
        return mistakes.get(given, "Count the stops of the 2×2 window along one side: floor((n + 2P - k) / S) + 1.")

    return look


def keeps_the_size(answer):
    given = numbers_in(answer)
    if given is None or given.shape != (3,) or (given != np.round(given)).any():
        return "Write three whole numbers: (side of the filter, padding on each side, stride)."
    if (np.abs(given) > FAR_TOO_MANY).any():
        return "These numbers are far larger than the input: look for the smallest that do."
    kernel, padding, stride = given.astype(int).tolist()
    n = handout.VOLUME.shape[0]
    try:
        size = shapes.output_size(n, kernel, stride=stride, padding=padding)
    except ValueError as error:
        return f"That does not fit: {error}."
    if size == n:
        return None
    hint = f"With these {n} cells become {size}."
    if kernel % 2 == 0 and stride == 1:
        return hint + " An even filter wants one zero more on one side than on the other; take an odd one."
    return hint + " Start with stride 1: each step of 2 in the filter's side costs 2 cells, each P gives back 2."


def output_2d(answer):
    right = np.moveaxis(_convolved_2d(), -1, 0)
    maps = answer if isinstance(answer, list | tuple) else numbers_in(answer)
    if maps is None or (isinstance(maps, np.ndarray) and not maps.ndim) or len(maps) != len(right):
        return f"Keep the list: {len(right)} maps, one for each filter."
    for number, (given, expected) in enumerate(zip(maps, right, strict=True)):
        where = f"Filter {number + 1}: "
        if given is ...:
            return where + NOT_ANSWERED
        given = numbers_in(given)
        if given is None or given.shape != expected.shape:
            return where + "its map has {} rows of {} numbers.".format(*expected.shape)
        if np.array_equal(given, expected):
            continue
        for hint, wrong in _mistakes_2d():
            if np.array_equal(given, wrong[..., number]):
                return where + hint
        if np.array_equal(given, right[1 - number]):
            return where + "this is the map of the other filter."
        if np.array_equal(given, expected.T):
            return where + "rows and columns are swapped."
        row, column = (int(place) for place in np.argwhere(given != expected)[0])
        return (
            where
            + f"the number in row {row + 1}, column {column + 1} is another: twelve products and one bias make it."
        )
    return None


def _mistakes_2d():
    """Pairs of a hint and the volume that the mistake gives."""
    channels = handout.VOLUME.shape[-1]
    right = _convolved_2d()
    yield "the bias is missing: add it once to every cell.", right - handout.BIAS
    yield "you added the bias once for each channel: it is added once.", right + (channels - 1) * handout.BIAS
    yield "you took the bias off: it is added.", right - 2 * handout.BIAS
    for number, channel in enumerate(handout.CHANNELS):
        alone = reference.conv2d(
            handout.VOLUME[None, ..., [number]], handout.FILTERS[:, :, [number]], handout.BIAS, padding=0
        )[0]
        yield f"this is channel {channel} alone: add the products of all {channels} channels.", alone
        yield f"this is channel {channel} alone, without the bias: add all channels, and it.", alone - handout.BIAS
    yield "you flipped the filter; in a convolution layer it slides as it stands.", _convolved_2d(flip=True)
    yield "you applied a ReLU: the task asks for the numbers before it.", np.maximum(right, 0)


def _convolved_2d(stride=1, flip=False):
    filters = handout.FILTERS[::-1, ::-1] if flip else handout.FILTERS
    return reference.conv2d(handout.VOLUME[None], filters, handout.BIAS, stride=stride)[0]


# --- exercise 4 f ---


def parameters(answer):
    if not isinstance(answer, dict):
        return "Keep the dictionary: a pair (weights, biases) for each layer."
    for name, (kernel, channels, filters) in LAYERS.items():
        where = f"Layer {name}: "
        given = answer.get(name, ...)
        if given is ... or (isinstance(given, tuple | list) and any(number is ... for number in given)):
            return where + NOT_ANSWERED
        given = numbers_in(given)
        if given is None or given.shape != (2,):
            return where + "write the pair (weights, biases)."
        weights, biases = given.tolist()
        right = shapes.conv_parameters(kernel, channels, filters, bias=False)
        if weights != right:
            mistakes = {
                kernel * channels * filters: "a filter is as high as it is wide: the kernel counts twice.",
                right // channels: "your filters are as deep as one channel; they are as deep as their input.",
                right // filters: "these are the weights of one filter.",
                right + filters: "the biases are counted apart.",
            }
            return where + mistakes.get(weights, "a filter has a weight for each of its cells in each channel.")
        if biases != filters:
            mistakes = {
                0: "you forgot the bias: each filter has one.",
                1: "each filter has a bias of its own.",
                filters * channels: "a filter has one bias, not one for each channel.",
            }
            return where + mistakes.get(biases, "each filter has one bias.")
    return None

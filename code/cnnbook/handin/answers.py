"""The numbers that the student's notebook asks for, and the mistakes that give other ones.

Every right answer is computed from `cnnbook.handout` by `cnnbook.reference` and `cnnbook.shapes`, and so is every usual
mistake: what a wrong answer is recognised by is the same computation with one step done wrong.
"""

import dataclasses
import numbers

import numpy as np

from cnnbook import CnnBookError, handout, reference, shapes

NOTE = "cnnbook check"  # in an output's metadata, of what the command reads there

#: The layers whose parameters are counted in the review questions: (kernel, channels of the input, filters).
LAYERS = {"a": (3, 3, 32), "b": (5, 32, 64), "c": (2, 3, 2)}


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a check says: its `name`, whether the answer is `right`, and if not a `hint`."""

    name: str
    right: bool
    hint: str = ""

    def __repr__(self):
        return f"{self.name}: right" if self.right else f"{self.name}: not yet. {self.hint}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self)}, {NOTE: dataclasses.asdict(self)}


def check(name, answer):
    """Look at an answer of the student's notebook.

    Parameters
    ----------
    name : str
        A question; an unknown name is an error that lists them.
    answer : object
        What the task asks for. Whatever it is, a wrong one gives a hint and no error; ``...`` stands for no answer.

    Returns
    -------
    Verdict

    Raises
    ------
    CnnBookError
        If there is no such question.

    Examples
    --------
    >>> check("activation-maps", 2)
    activation-maps: right
    >>> check("activation-maps", 3)
    activation-maps: not yet. The input has 3 channels. How many filters slide over it?
    """
    if name not in CHECKS:
        raise CnnBookError(f"there is no check {name!r}; choose from {', '.join(CHECKS)}")
    hint = NOT_ANSWERED if answer is ... else CHECKS[name](answer)
    return Verdict(name, not hint, hint or "")


NOT_ANSWERED = "There is no answer yet: write it where the three dots are."


# --- exercise 1: one dimension ---


def _output_1d(answer):
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
    given = _numbers(given)
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


def _size_kept(answer):
    try:
        given = {(int(stride), int(padding)) for stride, padding in answer}
    except (TypeError, ValueError):
        return "Write a list of pairs (stride, padding); it may have one pair only."
    right = {s for s in handout.SETTINGS_1D if len(_convolved_1d(*s)) == len(handout.X)}
    if given == right:
        return None
    wrong = sorted(given - right)
    if wrong:
        return "S={}, P={} is in your list: count its outputs and the input's cells.".format(*wrong[0])
    return "A setting is missing: compare the number of outputs with the number of input cells, setting by setting."


# --- exercise 1: volumes ---


def _activation_maps(answer):
    right, channels = handout.FILTERS.shape[-1], handout.VOLUME.shape[-1]
    given = _numbers(answer)
    if given is None or given.ndim:
        return "One number is asked for."
    if given == right:
        return None
    if given == channels:
        return f"The input has {channels} channels. How many filters slide over it?"
    if given == right * channels:
        return "A filter's products are added up over all channels: it has one map, not one for each channel."
    return "Count the filters: each has one map."


def _volume(stride):
    def look(answer):
        right = _convolved_2d(stride=stride).shape
        given = _numbers(answer)
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


def _keeps_the_size(answer):
    given = _numbers(answer)
    if given is None or given.shape != (3,) or not np.array_equal(given, given.astype(int)):
        return "Write three whole numbers: (side of the filter, padding on each side, stride)."
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


def _output_2d(answer):
    right = np.moveaxis(_convolved_2d(), -1, 0)
    if not isinstance(answer, list | tuple | np.ndarray) or len(answer) != len(right):
        return f"Keep the list: {len(right)} maps, one for each filter."
    for number, (given, expected) in enumerate(zip(answer, right, strict=True)):
        where = f"Filter {number + 1}: "
        if given is ...:
            return where + NOT_ANSWERED
        given = _numbers(given)
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


# --- exercises 2 and 3: what was made of a network ---

CLASSES, SIDE, COLOURS = 10, 32, 3


def _weight_pictures(answer):
    shape = (CLASSES, SIDE, SIDE, COLOURS)
    given = _numbers(answer)
    if given is None or given.shape != shape:
        found = "no array of numbers" if given is None else f"the shape {given.shape}"
        return f"Expected ten pictures in one array of shape {shape}, and found {found}."
    if given.min() < 0 or given.max() > 255:
        return f"Pixels lie between 0 and 255, yours between {given.min():g} and {given.max():g}."
    low, high = given.min(axis=(1, 2)), given.max(axis=(1, 2))  # (classes, colours)
    if np.all(low == 0) and np.all(high == 255):
        return None
    if given.max() <= 1:
        return "These lie between 0 and 1: stretch them to 0 to 255."
    if given.min() == 0 and given.max() == 255:
        return (
            "One scale for several channels: each of the three channels of each picture needs its own smallest and "
            "largest weight."
        )
    return "In each channel of each picture the smallest weight becomes 0 and the largest 255."


def _simple_cnn(answer):
    import keras

    if not isinstance(answer, keras.Model):
        return "Give your model."
    if not answer.built:
        return "The model does not know its input: begin it with keras.Input((32, 32, 3))."
    convolutions = [layer for layer in answer.layers if isinstance(layer, keras.layers.Conv2D)]
    if len(convolutions) != 1:
        return f"One convolution is asked for; your model has {len(convolutions)}."
    try:
        sizes = [tuple(layer.output.shape[1:]) for layer in answer.layers]
    except AttributeError:  # a class of its own, whose layers are called out of sight
        return "Build it with keras.Sequential, or with keras.Model from its input and its output."
    convolved = convolutions[0].output.shape[1:]
    if convolved != (SIDE, SIDE, 32):
        return (
            f"The convolution gives {tuple(convolved)}; 32 filters with stride 1 and padding 'same' give (32, 32, 32)."
        )
    if (16, 16, 32) not in sizes:
        return "No layer gives (16, 16, 32): max pooling of size 2 comes after the convolution."
    if sizes[-1] != (CLASSES,):
        return f"The output is {sizes[-1]}; a dense layer of ten units gives the scores."
    if (16 * 16 * 32,) not in sizes:
        return "No layer gives a row of 8,192 numbers: flatten the volume before the dense layer."
    if not _has_relu(answer):
        return "There is no ReLU after the convolution."
    return None


def _has_relu(model):
    import keras

    return any(
        isinstance(layer, keras.layers.ReLU) or getattr(layer, "activation", None) is keras.activations.relu
        for layer in model.layers
    )


# --- exercise 4 f ---


def _parameters(answer):
    if not isinstance(answer, dict):
        return "Keep the dictionary: a pair (weights, biases) for each layer."
    for name, (kernel, channels, filters) in LAYERS.items():
        where = f"Layer {name}: "
        given = answer.get(name, ...)
        if given is ... or (isinstance(given, tuple | list) and any(number is ... for number in given)):
            return where + NOT_ANSWERED
        given = _numbers(given)
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


# Questions by name; each function takes the answer and gives a hint, or None if it is right.
CHECKS = {
    "output-1d": _output_1d,
    "size-kept-1d": _size_kept,
    "activation-maps": _activation_maps,
    "volume-stride-1": _volume(1),
    "volume-stride-2": _volume(2),
    "keeps-the-size": _keeps_the_size,
    "output-2d": _output_2d,
    "weight-pictures": _weight_pictures,
    "simple-cnn": _simple_cnn,
    "parameters": _parameters,
}


def _numbers(value):
    """An array of real numbers, or None where `value` is none."""
    if not isinstance(value, list | tuple | np.ndarray | numbers.Real):
        return None
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different length
        return None
    return array if array.dtype.kind in "iuf" and np.isfinite(array).all() else None

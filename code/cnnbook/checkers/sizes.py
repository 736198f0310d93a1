"""The exercises `output_size` and `receptive_field`: cases, usual mistakes, hints. The oracle is `cnnbook.shapes`."""

import math
from math import ceil, floor

from cnnbook import shapes
from cnnbook.checkers.exercise import Exercise, Mistake, case


def _steps(n, kernel, stride, padding, dilation):
    """The steps from the first stop to the last, with the part of a step that is left over."""
    return (n + 2 * padding - dilation * (kernel - 1) - 1) / stride


def _wrong(size):
    """A mistake from a function `size(n, kernel, stride, padding, dilation)`."""
    return lambda n, kernel, *, stride=1, padding=0, dilation=1: size(n, kernel, stride, padding, dilation)


_OUTPUT_SIZE_MISTAKES = (
    Mistake(
        "one stop missing",
        _wrong(lambda n, k, s, p, d: floor(_steps(n, k, s, p, d))),
        "That many steps fit, and the stop at cell 0 comes on top: add 1.",
    ),
    Mistake(
        "dilation counted from 0",
        _wrong(lambda n, k, s, p, d: floor(_steps(n, k, s, p, d + 1)) + 1),
        "You took a dilation of 1 for one hole between two weights. It means no hole: the weights are 1 cell apart.",
    ),
    Mistake(
        "one inside the division",
        _wrong(lambda n, k, s, p, d: floor(_steps(n + 1, k, s, p, d))),
        "You added 1 before the division. It stands for the stop at cell 0, which no stride divides: add it after "
        "the division.",
    ),
    Mistake(
        "stride ignored",
        _wrong(lambda n, k, s, p, d: floor(_steps(n, k, 1, p, d)) + 1),
        "You left the stride out. The kernel stops at cells 0, s, 2s, ... only.",
    ),
    Mistake(
        "ceil instead of floor",
        _wrong(lambda n, k, s, p, d: ceil(_steps(n, k, s, p, d)) + 1),
        "You rounded up (ceil). The last kernel would stick out at the right end; round down, `//` does.",
    ),
    Mistake(
        "rounded to the nearest",
        _wrong(lambda n, k, s, p, d: round(_steps(n, k, s, p, d)) + 1),
        "You rounded to the nearest whole number. A part of a step is no step; round down, `//` does.",
    ),
    Mistake(
        "padding ignored",
        _wrong(lambda n, k, s, p, d: floor(_steps(n, k, s, 0, d)) + 1),
        "You left the padding out.",
    ),
    Mistake(
        "padding on one side",
        _wrong(lambda n, k, s, p, d: floor(_steps(n, k, s, p / 2, d)) + 1),
        "You added the padding once. It lies on both sides: n + 2 * padding cells in all.",
    ),
    Mistake(
        "padding after the division",
        _wrong(lambda n, k, s, p, d: floor(_steps(n, k, s, 0, d)) + 2 * p + 1),
        "You added the padding after the division. The kernel steps over padded cells by the stride as well.",
    ),
    Mistake(
        "dilation ignored",
        _wrong(lambda n, k, s, p, d: floor(_steps(n, k, s, p, 1)) + 1),
        "You left the dilation out. Weights that lie apart reach over more cells.",
    ),
    Mistake(
        "dilation times kernel",
        _wrong(lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1),
        "You took dilation * kernel for the span. Between k weights there are k - 1 gaps, so the span is "
        "dilation * (kernel - 1) + 1.",
    ),
    Mistake(
        "a kernel that does not fit",
        _wrong(lambda n, k, s, p, d: floor(_steps(n, k, s, p, d)) + 1),
        "The formula gives a number even where the kernel has no place to stop. Compare the kernel's span with the "
        "padded input first, and raise a ValueError where it is longer.",
    ),
)

OUTPUT_SIZE = Exercise(
    signature="output_size(n, kernel, *, stride=1, padding=0, dilation=1)",
    # The book's own function has "valid" as its default, which is 0.
    oracle=shapes.output_size,
    cases=(
        case(7, 3, nudge="Draw 7 cells. A kernel of 3 stops at cell 0, then at cell 1: which is the last stop?"),
        case(5, 1, nudge="A kernel of one cell stops at every cell."),
        case(3, 3, nudge="The kernel fills the input. It has one place to stop."),
        case(8, 2, stride=2, nudge="This is the first case with a stride: the kernel moves 2 cells at each step."),
        case(10, 3, stride=3, nudge="Here the last cell is left over. No stop is made for it."),
        case(12, 3, stride=5, nudge="Here four cells are left over, almost a whole step. No stop is made for them."),
        case(7, 3, padding=1, nudge="This is the first case with padding: zeros on the left and on the right."),
        case(32, 5, stride=2, padding=2, nudge="Stride and padding together: which comes first?"),
        case(7, 3, dilation=2, nudge="This is the first case with a dilation. How many cells does the kernel span?"),
        case(32, 3, stride=2, padding=2, dilation=3, nudge="All together: span first, then padding, then steps."),
        case(224, 7, stride=2, padding=3, nudge="The first layer of a well-known network. Nothing is new here."),
        case(
            6,
            4,
            stride=2,
            padding=2,
            dilation=3,
            nudge="The kernel spans more cells than the input has, but the padding makes room for it.",
        ),
        case(4, 3, dilation=2, nudge="The kernel spans more cells than there are. A number would be nonsense."),
        case(2, 5, stride=2, nudge="The kernel is longer than the input. A number would be nonsense."),
    ),
    mistakes=_OUTPUT_SIZE_MISTAKES,
    second="Draw the padded row, mark every cell at which the kernel can start without sticking out, and count "
    "the marks.",
    third="The size is floor((n + 2 * padding - span) / stride) + 1 with span = dilation * (kernel - 1) + 1, and a "
    'ValueError where the span is larger than n + 2 * padding. The page "Predict the size of a feature map" derives '
    "it.",
)


def _grow(layers, add, jump_after, start=1):
    """Follow a stack: `add(kernel, stride, jump)` widens the field, `jump_after(stride, jump)` is the next jump."""
    size, jump = start, 1
    for kernel, stride in layers:
        size += add(kernel, stride, jump)
        jump = jump_after(stride, jump)
    return size


def _from_the_wrong_end(layers):
    size = 1
    for kernel, stride in layers:
        size = (size - 1) * stride + kernel
    return size


_RECEPTIVE_FIELD_MISTAKES = (
    Mistake(
        "input cell forgotten",
        lambda layers: _grow(layers, lambda k, s, j: (k - 1) * j, lambda s, j: j * s, start=0),
        "You started from 0. Without any layer a cell sees itself: start from 1.",
    ),
    Mistake(
        "kernels added up",
        lambda layers: sum(kernel for kernel, stride in layers),
        "You added up the kernels. Neighbouring windows overlap: a layer adds kernel - 1 cells, not kernel.",
    ),
    Mistake(
        "kernels multiplied",
        lambda layers: math.prod(kernel for kernel, stride in layers),
        "You multiplied the kernels. Neighbouring windows overlap, so a layer adds cells, it does not multiply them.",
    ),
    Mistake(
        "last kernel only",
        lambda layers: layers[-1][0] if layers else 1,
        "That is what the last layer sees of the layer before it. Go on to the input.",
    ),
    Mistake(
        "strides ignored",
        lambda layers: _grow(layers, lambda k, s, j: k - 1, lambda s, j: j),
        "You left the strides out. Behind a stride of 2 neighbouring cells lie 2 input cells apart, so each step of a "
        "later kernel covers 2.",
    ),
    Mistake(
        "own stride only",
        lambda layers: _grow(layers, lambda k, s, j: (k - 1) * s, lambda s, j: j),
        "You multiplied by the layer's own stride. What counts are the strides of all layers before it.",
    ),
    Mistake(
        "jump too early",
        lambda layers: _grow(layers, lambda k, s, j: (k - 1) * j * s, lambda s, j: j * s),
        "You multiplied the jump by the layer's stride first. A layer grows by the jump that it finds; its own stride "
        "counts for the layers after it.",
    ),
    Mistake(
        "one stride back only",
        lambda layers: _grow(layers, lambda k, s, j: (k - 1) * j, lambda s, j: s),
        "You took the stride of the layer before. The strides of all layers before multiply.",
    ),
    Mistake(
        "strides added up",
        lambda layers: _grow(layers, lambda k, s, j: (k - 1) * j, lambda s, j: j + s - 1),
        "You added up the strides. They multiply: two strides of 2 lie 4 input cells apart.",
    ),
    Mistake(
        "from the wrong end",
        _from_the_wrong_end,
        "size = (size - 1) * stride + kernel is right from the last layer to the first; you went from the first on.",
    ),
    Mistake(
        "the jump",
        lambda layers: math.prod(stride for kernel, stride in layers),
        "That is the jump: how far the fields of two neighbouring cells lie apart. Give the size.",
    ),
)

RECEPTIVE_FIELD = Exercise(
    signature="receptive_field(layers)",
    oracle=lambda layers: shapes.receptive_field(layers).size,
    cases=(
        case([(3, 1)], nudge="One layer: a cell sees what its kernel covers."),
        case([(3, 1), (3, 1)], nudge="Draw it: three cells side by side, and the three cells that each of them sees."),
        case([(3, 1), (3, 1), (5, 1)], nudge="Each layer adds the same as it would to any other field."),
        case([], nudge="Without any layer a cell is a cell of the input. How many does it see?"),
        case([(2, 2), (3, 1)], nudge="This is the first case with a stride: it comes before the kernel of 3."),
        case([(3, 2)], nudge="The stride of the last layer moves its window. Does it make the window larger?"),
        case([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)], nudge="Two strides: how far apart are two cells behind both?"),
        case([(2, 2), (2, 2), (2, 2), (3, 1)], nudge="Three strides in a row: 2, then 4, then 8 cells apart."),
        case([(11, 4), (3, 2), (5, 1), (3, 2), (3, 1)], nudge="Kernels and strides of all sizes. Nothing is new."),
        case([(3, 3), (3, 2), (1, 1), (4, 3), (2, 1)], nudge="A kernel of 1 adds nothing."),
    ),
    mistakes=_RECEPTIVE_FIELD_MISTAKES,
    second="Carry two numbers along: the size of the field, and the jump, how many input cells lie between neighbours.",
    third="Start with size = 1 and jump = 1. For each layer: size += (kernel - 1) * jump, and after that "
    'jump *= stride. The page "Trace the receptive field" derives it.',
)

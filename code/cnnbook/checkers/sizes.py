"""The exercises `output_size` and `receptive_field`: cases, usual mistakes, hints. The oracle is `cnnbook.shapes`."""

from math import ceil, floor, prod

from cnnbook import shapes
from cnnbook.checkers.exercise import Exercise, Function, Wrong, case


def _output_size(n, kernel_size, *, stride=1, padding=0, dilation=1):
    return shapes.output_size(n, kernel_size, stride=stride, padding=padding, dilation=dilation)


def _steps(n, k, s, p, d):
    """The steps from the first stop to the last, with the part of a step that is left over."""
    return (n + 2 * p - d * (k - 1) - 1) / s


def _wrong(size: Function) -> Function:
    """A mistake from a function `size(n, kernel_size, stride, padding, dilation)`."""
    return lambda n, kernel_size, *, stride=1, padding=0, dilation=1: size(n, kernel_size, stride, padding, dilation)


_WRONG_SIZES: dict[str, Wrong] = {
    "plus-one-forgotten": lambda n, k, s, p, d: floor(_steps(n, k, s, p, d)),
    "dilation-skips-d": lambda n, k, s, p, d: floor(_steps(n, k, s, p, d + 1)) + 1,
    "one-before-division": lambda n, k, s, p, d: floor(_steps(n + 1, k, s, p, d)),
    "stride-forgotten": lambda n, k, s, p, d: floor(_steps(n, k, 1, p, d)) + 1,
    "rounded-up": lambda n, k, s, p, d: ceil(_steps(n, k, s, p, d)) + 1,
    "rounded-to-nearest": lambda n, k, s, p, d: round(_steps(n, k, s, p, d)) + 1,
    "padding-forgotten": lambda n, k, s, p, d: floor(_steps(n, k, s, 0, d)) + 1,
    "padding-once": lambda n, k, s, p, d: floor(_steps(n, k, s, p / 2, d)) + 1,
    "brackets-lost": (
        lambda n, k, s, p, d: floor(n - d * (k - 1) - 1 + 2 * p / s) + 1,  # n - k + 2 * p / s + 1
        lambda n, k, s, p, d: n + 2 * p - (d * (k - 1) + 1) // s + 1,  # n + 2 * p - k // s + 1
    ),
    "padding-after-division": lambda n, k, s, p, d: floor(_steps(n, k, s, 0, d)) + 2 * p + 1,
    "dilation-forgotten": lambda n, k, s, p, d: floor(_steps(n, k, s, p, 1)) + 1,
    "span-product": lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1,
    "kernel-does-not-fit": lambda n, k, s, p, d: floor(_steps(n, k, s, p, d)) + 1,
}

OUTPUT_SIZE = Exercise(
    name="output_size",
    oracle=_output_size,
    cases=(
        case(7, 3, nudge="Draw 7 cells. A kernel of 3 stops at cell 0, then at cell 1: which is the last stop?"),
        case(5, 1, nudge="A kernel of one cell stops at every cell."),
        case(3, 3, nudge="The kernel fills the input. It has one place to stop."),
        case(8, 2, stride=2, nudge="This is the first case with a stride: the kernel moves 2 cells at each step."),
        case(10, 3, stride=3, nudge="Here the last cell is left over. No stop is made for it."),
        case(12, 3, stride=5, nudge="Here four cells are left over, almost a whole step. No stop is made for them."),
        case(7, 3, padding=1, nudge="This is the first case with padding: zeros on the left and on the right."),
        case(32, 5, stride=2, padding=2, nudge="Stride and padding together: which comes first?"),
        case(10, 2, stride=3, padding=1, nudge="The last stop needs the padding: what the stride divides is one sum."),
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
    mistakes={
        name: tuple(map(_wrong, sizes)) if isinstance(sizes, tuple) else _wrong(sizes)
        for name, sizes in _WRONG_SIZES.items()
    },
    second="Draw the padded row, mark every cell at which the kernel can start without sticking out, and count "
    "the marks.",
    third="The size is floor((n + 2 * padding - span) / stride) + 1 with span = dilation * (kernel_size - 1) + 1, and "
    'a ValueError where the span is larger than n + 2 * padding. The page "Predict the size of a feature map" derives '
    "it.",
)


def _grown(gain: Function, jump_after: Function = lambda s, j: j * s, start: int = 1) -> Function:
    """Follow a stack: `gain(kernel_size, stride, jump)` widens the field, `jump_after(stride, jump)` is the next."""

    def size(layers):
        size, jump = start, 1
        for kernel_size, stride in layers:
            size += gain(kernel_size, stride, jump)
            jump = jump_after(stride, jump)
        return size

    return size


def _from_the_wrong_end(layers):
    size = 1
    for kernel_size, stride in layers:
        size = (size - 1) * stride + kernel_size
    return size


RECEPTIVE_FIELD = Exercise(
    name="receptive_field",
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
    mistakes={
        "input-cell-forgotten": _grown(lambda k, s, j: (k - 1) * j, start=0),
        "kernels-added": lambda layers: sum(kernel_size for kernel_size, stride in layers),
        "kernels-multiplied": lambda layers: prod(kernel_size for kernel_size, stride in layers),
        "last-layer-field": lambda layers: layers[-1][0] if layers else 1,
        "strides-forgotten": _grown(lambda k, s, j: k - 1),
        "earlier-strides-forgotten": _grown(lambda k, s, j: (k - 1) * s),
        "stride-too-early": _grown(lambda k, s, j: (k - 1) * j * s),
        "one-stride-back": _grown(lambda k, s, j: (k - 1) * j, lambda s, j: s),
        "strides-added": _grown(lambda k, s, j: (k - 1) * j, lambda s, j: j + s - 1),
        "field-backwards": _from_the_wrong_end,
        "jump-for-size": lambda layers: prod(stride for kernel_size, stride in layers),
    },
    second="Carry two numbers along: the size of the field, and the jump, how many input cells lie between neighbours.",
    third="Start with size = 1 and jump = 1. For each layer: size += (kernel_size - 1) * jump, and after that "
    'jump *= stride. The page "Trace the receptive field" derives it.',
)

"""The sheet "2-D": figure 2 of the practical, from left to right: input, filters, and the maps to fill in."""

from itertools import product

import numpy as np

from cnnbook import handout, reference, shapes
from cnnbook.handin.worksheets.questions import Answer, Question, area, at, define, worked_note
from cnnbook.handin.worksheets.workbooks import accept_numbers, finish, put

STRIDES = (1, 2)  # exercise 1 b), both without padding

_HEIGHT, _WIDTH, _ = handout.VOLUME.shape
_KERNEL_HEIGHT, _KERNEL_WIDTH, _CHANNELS, _FILTERS = handout.FILTERS.shape


def _output_size(stride: int) -> tuple[int, int]:
    return (
        shapes.output_size(_HEIGHT, _KERNEL_HEIGHT, stride=stride),
        shapes.output_size(_WIDTH, _KERNEL_WIDTH, stride=stride),
    )


# Every stride offers as many cells as the smallest needs: how many of them exist is part of the question.
_ROWS, _COLUMNS = _output_size(min(STRIDES))

# The top row of each plane and map, the left column of the input, of each filter and of the maps of each stride.
_TOP = 6
_PLANE_TOPS = [_TOP + channel * (_HEIGHT + 2) for channel in range(_CHANNELS)]
_MAP_TOPS = [_TOP + number * (_ROWS + 3) for number in range(_FILTERS)]
_SIZE_TOP = _TOP + _FILTERS * (_ROWS + 3)
_BIAS_ROW = _PLANE_TOPS[-1] + _HEIGHT - 1
_NOTES_ROW = max(_BIAS_ROW, _SIZE_TOP + 3) + 2
_INPUT_LEFT = 2
_FILTER_LEFTS = [_INPUT_LEFT + _WIDTH + 1 + number * (_KERNEL_WIDTH + 1) for number in range(_FILTERS)]
_MAPS_LEFT = _FILTER_LEFTS[-1] + _KERNEL_WIDTH + 1
_MAP_LEFTS = [_MAPS_LEFT + place * (2 * _COLUMNS + 2) for place in range(len(STRIDES))]
_TO_MARK = _COLUMNS + 1  # from an answer to its mark

_NOTES = (
    "Before you drag it over the map: the patch must move, the filter and the bias must not. "
    "Dollar signs hold an address.",
    f"With S = {STRIDES[-1]} there may be more yellow cells than outputs: start at the top left and leave the others "
    "empty.",
)
_NOTES_SOLVED = (
    "Dragged over the map, it moves the patch and keeps what has dollar signs: the same weights at every place.",
    f"With S = {STRIDES[-1]} the patch moves by {STRIDES[-1]} cells at a time, which dragging cannot do.",
)


def lay_out(sheet, *, solved: bool) -> list[Question]:
    """Write what is given, name planes, slices of the filters, biases and maps, and return the questions."""
    put(sheet, "A1", "Exercise 1 b): filters on a volume", "Sheet title")
    task = "The yellow cells hold the answers" if solved else "Fill in the yellow cells"
    put(sheet, "A2", f"{task}; to their right stand the checks. White boxed cells are the input.", "Note")
    accept_numbers(sheet, [*_input(sheet), *_filters(sheet)])
    questions = []
    for stride, left in zip(STRIDES, _MAP_LEFTS, strict=True):
        put(sheet, at(_TOP - 2, left), f"Stride S = {stride}, padding P = 0", "Section")
        questions += [_map(sheet, number, stride, left) for number in range(_FILTERS)]
        questions.append(_output_volume(sheet, stride, left))
    for number, top in enumerate(_MAP_TOPS, start=1):
        define(sheet, f"Map_{number}", area(top, _MAPS_LEFT, _ROWS, _COLUMNS, fixed=True))
    notes = (worked_note(questions[0], solved=solved), *(_NOTES_SOLVED if solved else _NOTES))
    for offset, note in enumerate(notes):
        put(sheet, at(_NOTES_ROW + offset, _INPUT_LEFT), note, "Note")
    finish(sheet, columns=_widths())
    return questions


def patch_formula(number: int, row: int, column: int, stride: int, *, fixed: bool = True) -> str:
    """Return the formula of one output cell: a sum of products for each plane, and the bias.

    Filter, row and column count from 0; with `fixed`, filter and bias have dollar signs, so that it can be dragged.

    >>> patch_formula(0, 0, 1, stride=1)[:36]
    '=SUMPRODUCT(C6:D7,$G$6:$H$7)+SUMPROD'
    """
    left = _FILTER_LEFTS[number]
    sums = []
    for top in _PLANE_TOPS:
        patch = area(top + row * stride, _INPUT_LEFT + column * stride, _KERNEL_HEIGHT, _KERNEL_WIDTH)
        weights = area(top, left, _KERNEL_HEIGHT, _KERNEL_WIDTH, fixed=fixed)
        sums.append(f"SUMPRODUCT({patch},{weights})")
    return "=" + "+".join([*sums, at(_BIAS_ROW, left + 1, fixed=fixed)])


def _plane(sheet, name: str, channel: str, row: int, column: int, values: np.ndarray) -> str:
    """Write a plane of numbers under its coloured heading, name it, and return its address."""
    for offset in range(values.shape[1]):
        put(sheet, at(row - 1, column + offset), None, f"Channel {channel}")
    put(sheet, at(row - 1, column), channel, f"Channel {channel}")
    for i, j in product(*map(range, values.shape)):
        put(sheet, at(row + i, column + j), values[i, j], "Given")
    define(sheet, f"{name}_{channel}", area(row, column, *values.shape, fixed=True))
    return area(row, column, *values.shape)


def _input(sheet) -> list[str]:
    put(sheet, at(_TOP - 2, _INPUT_LEFT), f"Input {_HEIGHT} × {_WIDTH} × {_CHANNELS}", "Section")
    return [
        _plane(sheet, "Input", letter, top, _INPUT_LEFT, handout.VOLUME[..., channel])
        for channel, (letter, top) in enumerate(zip(handout.CHANNELS, _PLANE_TOPS, strict=True))
    ]


def _filters(sheet) -> list[str]:
    areas = []
    for number, left in enumerate(_FILTER_LEFTS, start=1):
        put(sheet, at(_TOP - 2, left), f"Filter {number}", "Section")
        for channel, (letter, top) in enumerate(zip(handout.CHANNELS, _PLANE_TOPS, strict=True)):
            weights = handout.FILTERS[..., channel, number - 1]
            areas.append(_plane(sheet, f"Filter{number}", letter, top, left, weights))
        put(sheet, at(_BIAS_ROW, left), "bias", "Label")
        put(sheet, at(_BIAS_ROW, left + 1), handout.BIAS[number - 1], "Given")
        define(sheet, f"Filter{number}_bias", at(_BIAS_ROW, left + 1, fixed=True))
        areas.append(at(_BIAS_ROW, left + 1))
    return areas


def _map(sheet, number: int, stride: int, left: int) -> Question:
    """Ask for one activation map."""
    output = reference.conv2d(handout.VOLUME[None], handout.FILTERS, handout.BIAS, stride=stride)[0, ..., number]
    top, (rows, columns) = _MAP_TOPS[number], output.shape
    put(sheet, at(top - 1, left), f"Map of filter {number + 1}", "Label")
    put(sheet, at(top - 1, left + _TO_MARK), "check", "Label")
    answers = []
    for i, j in product(range(_ROWS), range(_COLUMNS)):
        belongs = i < rows and j < columns
        value, solution = (output[i, j], patch_formula(number, i, j, stride)) if belongs else ("", None)
        is_worked = (number, i, j, stride) == (0, 0, 0, STRIDES[0])
        worked = patch_formula(number, i, j, stride, fixed=False) if is_worked else None
        mark = at(top + i, left + _TO_MARK + j)
        answers.append(Answer(at(top + i, left + j), mark, _expected(number, i, j, stride), value, solution, worked))
    verdict = area(top + _ROWS, left, 1, _TO_MARK + _COLUMNS)
    counted = (rows, columns) == (_ROWS, _COLUMNS)
    return Question(f"map of filter {number + 1}, S = {stride}", tuple(answers), verdict, counted)


def _expected(number: int, row: int, column: int, stride: int) -> str:
    """Return what the check expects, by names and positions rather than by addresses; empty beyond the last output."""
    sums = []
    for letter in handout.CHANNELS:
        plane, weights = f"Input_{letter}", f"Filter{number + 1}_{letter}"
        first = f"INDEX({plane},{row * stride}+1,{column * stride}+1)"
        last = f"INDEX({plane},{row * stride}+ROWS({weights}),{column * stride}+COLUMNS({weights}))"
        sums.append(f"SUMPRODUCT({first}:{last},{weights})")
    value = "+".join([*sums, f"Filter{number + 1}_bias"])
    return f'=IF(AND({row}<{_size("ROWS", stride)},{column}<{_size("COLUMNS", stride)}),{value},"")'


def _size(count: str, stride: int) -> str:
    """Return the size formula of the page on shapes, for `count` either ROWS or COLUMNS."""
    channel = handout.CHANNELS[0]
    return f"INT(({count}(Input_{channel})-{count}(Filter1_{channel}))/{stride})+1"


def _output_volume(sheet, stride: int, left: int) -> Question:
    """Ask for height, width and depth of the output volume."""
    put(sheet, at(_SIZE_TOP - 1, left), "Output volume", "Label")
    put(sheet, at(_SIZE_TOP - 1, left + _TO_MARK), "check", "Label")
    formulas = {"height": f"={_size('ROWS', stride)}", "width": f"={_size('COLUMNS', stride)}", "maps": f"={_FILTERS}"}
    values = (*_output_size(stride), _FILTERS)
    answers = []
    for row, ((label, formula), value) in enumerate(zip(formulas.items(), values, strict=True), start=_SIZE_TOP):
        put(sheet, at(row, left), label, "Label")
        answers.append(Answer(at(row, left + _COLUMNS - 1), at(row, left + _TO_MARK), formula, value, formula))
    verdict = area(_SIZE_TOP + len(formulas), left, 1, _TO_MARK + _COLUMNS)
    return Question(f"output volume, S = {stride}", tuple(answers), verdict, counted=True)


def _widths() -> dict[int, float]:
    narrow = {1, *(left - 1 for left in (*_FILTER_LEFTS, *_MAP_LEFTS)), *(left + _COLUMNS for left in _MAP_LEFTS)}
    last = _MAP_LEFTS[-1] + _TO_MARK + _COLUMNS
    return {column: 2 if column in narrow else 5.5 for column in range(1, last)}

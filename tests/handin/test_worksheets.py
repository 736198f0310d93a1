"""The worksheets of exercise 1, recalculated by LibreOffice and compared with `cnnbook.reference`.

Addresses are written out here as a teacher would read them off the screen; the tests share no layout with the module.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from datetime import datetime
from itertools import product

import numpy as np
import pytest
from openpyxl import load_workbook
from openpyxl.formula.translate import Translator

from cnnbook import handout, reference
from cnnbook.handin import worksheets
from cnnbook.handin.worksheets import workbooks

# One LibreOffice recalculates all variants; with several workers each would start its own.
pytestmark = pytest.mark.xdist_group("libreoffice")

PLANES = {"R": "B6:E9", "G": "B12:E15", "B": "B18:E21"}
SLICES = [
    {"R": "G6:H7", "G": "G12:H13", "B": "G18:H19"},
    {"R": "J6:K7", "G": "J12:K13", "B": "J18:K19"},
]
BIASES = ["H21", "K21"]
MAPS = {1: ["M6:O8", "M12:O14"], 2: ["U6:W8", "U12:W14"]}  # by stride, for each filter
MARKS = {1: ["Q6:S8", "Q12:S14"], 2: ["Y6:AA8", "Y12:AA14"]}
VERDICTS = {1: ["M9", "M15"], 2: ["U9", "U15"]}
VOLUMES, VOLUME_VERDICTS = {1: "O18:O20", 2: "W18:W20"}, {1: "M21", 2: "U21"}
X, W = "D6:J6", "D10:F10"
SETTING_ROWS = dict(zip(handout.SETTINGS_1D, (14, 17, 20, 23, 26), strict=True))
OUTPUTS = [("2-D", area) for stride in (1, 2) for area in MAPS[stride]]
OUTPUTS += [("1-D", f"D{row}:J{row}") for row in SETTING_ROWS.values()]
SIZES = [("2-D", area) for area in VOLUMES.values()] + [("1-D", f"C{row}") for row in SETTING_ROWS.values()]


def cells(sheet, area):
    rows = sheet[area]
    return [cell for row in rows for cell in row] if isinstance(rows, tuple) else [rows]


def values(sheet, area):
    return [cell.value for cell in cells(sheet, area)]


def answer_cells(book, areas=(*OUTPUTS, *SIZES)):
    return [(sheet, cell) for sheet, area in areas for cell in cells(book[sheet], area)]


def fill(sheet, area, numbers):
    for cell, number in zip(cells(sheet, area), numbers, strict=True):
        cell.value = number.item() if isinstance(number, np.generic) else number


def verdicts(book):
    """All verdicts, of both sheets."""
    addresses = [cell for stride in (1, 2) for cell in (*VERDICTS[stride], VOLUME_VERDICTS[stride])]
    texts = {cell: book["2-D"][cell].value for cell in addresses}
    return texts | {f"1-D {setting}": book["1-D"][f"M{row}"].value for setting, row in SETTING_ROWS.items()}


def padded_to(shape, array):
    """Put `array` in the top left corner of a grid of None."""
    grid = np.full(shape, None, object)
    grid[tuple(slice(n) for n in array.shape)] = array
    return grid.ravel().tolist()


def maps(volume=handout.VOLUME, filters=handout.FILTERS, bias=handout.BIAS, stride=1):
    """(filters, 9) values of the cells that the sheet offers, None where the map has ended."""
    output = reference.conv2d(volume[None], filters, bias, stride=stride)[0]
    return [padded_to((3, 3), output[..., number]) for number in range(output.shape[-1])]


def line(stride, padding, x=handout.X, w=handout.W):
    """The number of outputs and seven cells for them."""
    output = reference.conv1d(x[None, :, None], w[:, None, None], stride=stride, padding=padding)[0, :, 0]
    return [len(output), *padded_to((7,), output)]


def answer_2d(book, stride=1, **numbers):
    for area, outputs in zip(MAPS[stride], maps(stride=stride, **numbers), strict=True):
        fill(book["2-D"], area, outputs)


def answer_all(book, volume=handout.VOLUME, filters=handout.FILTERS, bias=handout.BIAS, x=handout.X, w=handout.W):
    for stride in (1, 2):
        answer_2d(book, stride, volume=volume, filters=filters, bias=bias)
        output = reference.conv2d(volume[None], filters, bias, stride=stride)
        fill(book["2-D"], VOLUMES[stride], output.shape[1:])
    for setting, row in SETTING_ROWS.items():
        fill(book["1-D"], f"C{row}:J{row}", line(*setting, x=x, w=w))


def given(volume, filters, bias, x, w):
    """What is given, as (sheet, area, numbers)."""
    for channel, letter in enumerate(handout.CHANNELS):
        yield "2-D", PLANES[letter], volume[..., channel].ravel().tolist()
        for number, slices in enumerate(SLICES):
            yield "2-D", slices[letter], filters[..., channel, number].ravel().tolist()
    yield from (("2-D", cell, [number]) for cell, number in zip(BIASES, bias.tolist(), strict=True))
    yield from (("1-D", X, x.tolist()), ("1-D", W, w.tolist()))


def change_given(book, **numbers):
    for sheet, area, new in given(**numbers):
        fill(book[sheet], area, new)


GIVEN = {
    "volume": handout.VOLUME,
    "filters": handout.FILTERS,
    "bias": handout.BIAS,
    "x": handout.X,
    "w": handout.W,
}
GENERATOR = np.random.default_rng(8)
# With a decimal place, which binary numbers only approximate.
CHANGED = {name: GENERATOR.integers(-9, 10, array.shape) / 10 for name, array in GIVEN.items()}


def answer_the_changed(book):
    change_given(book, **CHANGED)
    answer_all(book, **CHANGED)


def change_after_answering(book):
    answer_all(book)
    change_given(book, **CHANGED)


def leave_out_zeros(book):
    """Leave every cell empty whose right answer is 0."""
    answer_all(book)
    for _, cell in answer_cells(book, OUTPUTS):
        cell.value = None if cell.value == 0 else cell.value


def drag(book, first="M6", area="M6:O8"):
    """Do what a spreadsheet program does when the formula of a cell is dragged over a block."""
    formula = book["2-D"][first].value
    for cell in cells(book["2-D"], area):
        cell.value = Translator(formula, origin=first).translate_formula(cell.coordinate)


def put_zeros_beyond_the_output(book):
    """Answer with a 0 where the kernel no longer fits."""
    answer_all(book)
    for _, cell in answer_cells(book, OUTPUTS):
        cell.value = cell.value or 0


def round_up(book):
    """Round the size up where it must be floored, and take the input's size for the output volume's."""
    answer_all(book)
    for (stride, padding), row in SETTING_ROWS.items():
        fill(book["1-D"], f"C{row}", [-(-(7 + 2 * padding - 3) // stride) + 1 + (stride == 1)])
    for stride in (1, 2):
        fill(book["2-D"], VOLUMES[stride], (4, 4, 3))


def answer_nearly(book):
    """What is left of a rounding in binary is no mistake, what a reader can see is one."""
    fill(book["2-D"], "M6:O6", [maps()[0][0] + 1e-11, maps()[0][1] - 1e-6, maps()[0][2]])


MISTAKES = {
    "no-bias": {"bias": np.zeros(2, int)},
    "flipped": {"filters": handout.FILTERS[::-1, ::-1]},
    "one-channel": {"volume": handout.VOLUME * np.array([1, 0, 0])},
    "filters-swapped": {"filters": handout.FILTERS[..., ::-1]},
}

# For each name which of the two files, and what a reader does to it.
VARIANTS = {
    "student": ("stud", lambda book: None),
    "solution": ("solution", lambda book: None),
    "right": ("stud", answer_all),
    **{name: ("stud", lambda book, wrong=wrong: answer_2d(book, **wrong)) for name, wrong in MISTAKES.items()},
    "flipped-line": ("stud", lambda book: answer_all(book, w=handout.W[::-1])),
    "without-zeros": ("stud", leave_out_zeros),
    "dragged": ("stud", drag),
    "beyond": ("stud", put_zeros_beyond_the_output),
    "rounded-up": ("stud", round_up),
    "text": ("stud", lambda book: fill(book["2-D"], "M6:O6", ["nine", " ", "=1/0"])),
    "nearly-right": ("stud", answer_nearly),
    "changed-solution": ("solution", lambda book: change_given(book, **CHANGED)),
    "changed-right": ("stud", answer_the_changed),
    "changed-after": ("stud", change_after_answering),
    "one-cell": ("solution", lambda book: fill(book["One cell"], "B4:B6", [2, 1, 2])),
    "disagreeing": ("solution", lambda book: fill(book["2-D"], "M6", [10])),
}

UNTOUCHED = {"student-untouched": "stud", "solution-untouched": "solution"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("worksheets")
    worksheets.write_worksheets(folder)
    return folder


@pytest.fixture(scope="module")
def recalculated(folder, tmp_path_factory):
    """Every variant as LibreOffice calculates it, by its name."""
    on_macos = "/Applications/LibreOffice.app/Contents/MacOS/soffice"
    program = next(filter(None, map(shutil.which, ("soffice", "libreoffice", on_macos))), None)
    if program is None:
        pytest.fail(
            "LibreOffice recalculates the worksheets, but neither soffice nor libreoffice is on the PATH. Install it: "
            "`apt-get install libreoffice-calc` on Debian and Ubuntu, `brew install --cask libreoffice` on macOS.",
            pytrace=False,
        )
    edited, out = tmp_path_factory.mktemp("edited"), tmp_path_factory.mktemp("recalculated")
    for name, (file, change) in VARIANTS.items():
        book = load_workbook(folder / f"cnn-ex1-{file}.xlsx")
        change(book)
        book.save(edited / f"{name}.xlsx")
    # openpyxl saves no values beside formulas, so all of these are calculated. The files as they are written go in too.
    for name, file in UNTOUCHED.items():
        shutil.copy(folder / f"cnn-ex1-{file}.xlsx", edited / f"{name}.xlsx")
    profile = tmp_path_factory.mktemp("profile").as_uri()
    command = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx", "--outdir", str(out)]
    names = [*VARIANTS, *UNTOUCHED]
    files = [str(edited / f"{name}.xlsx") for name in names]
    done = subprocess.run([*command, *files], capture_output=True, text=True, timeout=300, check=False)
    missing = [name for name in names if not (out / f"{name}.xlsx").exists()]
    assert not missing, f"LibreOffice wrote no {missing}; it said: {done.stdout}{done.stderr}"
    return {name: load_workbook(out / f"{name}.xlsx", data_only=True) for name in names}


def assert_solved(book, volume, filters, bias, x, w):
    for stride in (1, 2):
        for area, expected in zip(MAPS[stride], maps(volume, filters, bias, stride), strict=True):
            assert values(book["2-D"], area) == pytest.approx(expected)
        output = reference.conv2d(volume[None], filters, bias, stride=stride)
        assert values(book["2-D"], VOLUMES[stride]) == list(output.shape[1:])
    for setting, row in SETTING_ROWS.items():
        assert values(book["1-D"], f"C{row}:J{row}") == pytest.approx(line(*setting, x=x, w=w))
        assert values(book["1-D"], f"A{row}:B{row}") == list(setting)


@pytest.mark.parametrize("name", ["student", "solution"])
def test_the_given_numbers_are_the_handouts(recalculated, name):
    for sheet, area, numbers in given(**GIVEN):
        assert values(recalculated[name][sheet], area) == numbers


@pytest.mark.parametrize(("file", "name"), [("stud", "student"), ("solution", "solution")])
def test_readers_that_do_not_calculate_see_what_libreoffice_calculates(folder, recalculated, file, name):
    path = folder / f"cnn-ex1-{file}.xlsx"
    formulas, stored = load_workbook(path), load_workbook(path, data_only=True)
    places = [
        (sheet.title, cell.coordinate)
        for sheet in formulas
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert len(places) > 150

    def shown(book):
        return {(sheet, cell): book[sheet][cell].value for sheet, cell in places}

    assert shown(stored) == shown(recalculated[name]) == shown(recalculated[f"{name}-untouched"])


@pytest.mark.parametrize(("name", "numbers"), [("solution", GIVEN), ("changed-solution", CHANGED)])
def test_solution_equals_the_reference(recalculated, name, numbers):
    assert_solved(recalculated[name], **numbers)
    if name == "solution":
        assert values(recalculated[name]["2-D"], "M12:O14") == [3, 0, 0, 1, 3, -1, 0, 0, 0]  # as a reader expects it


def test_solution_holds_formulas_and_no_typed_answer(folder):
    book = load_workbook(folder / "cnn-ex1-solution.xlsx")
    typed = {cell.coordinate for _, cell in answer_cells(book) if cell.value is not None and cell.data_type != "f"}
    assert typed <= {"O20", "W20"}, "only the number of maps may be a constant"


@pytest.mark.parametrize(("first", "area"), [("M6", "M6:O8"), ("M12", "M12:O14")])
def test_formulas_of_the_solution_can_be_dragged(folder, first, area):
    book = load_workbook(folder / "cnn-ex1-solution.xlsx")
    before = values(book["2-D"], area)
    drag(book, first, area)
    assert values(book["2-D"], area) == before
    assert before[0].count("$") == 2 * 2 * 3 + 2, "three slices of two corners and the bias, column and row fixed"


def test_student_finds_one_worked_cell_a_sheet_and_the_rest_empty(folder, recalculated):
    book, shown = load_workbook(folder / "cnn-ex1-stud.xlsx"), recalculated["student"]
    answers = answer_cells(book)
    filled = {(sheet, cell.coordinate) for sheet, cell in answers if cell.value is not None}
    assert filled == {("2-D", "M6"), ("1-D", "D14")}
    assert shown["2-D"]["M6"].value == maps()[0][0]
    assert shown["1-D"]["D14"].value == line(1, 0)[1]
    for sheet, worked in (("2-D", "M6"), ("1-D", "D14")):  # the formula stands beside it, as text
        texts = [cell.value for row in book[sheet].iter_rows() for cell in row if cell.data_type == "s"]
        assert f"{worked} is worked:   {book[sheet][worked].value}" in texts
    assert all(cell.fill.fgColor.rgb == f"00{workbooks.ANSWER}" for _, cell in answers)
    assert all(not cell.protection.locked for _, cell in answers)


LINES = [f"1-D {setting}" for setting in SETTING_ROWS]


@pytest.mark.parametrize(
    ("name", "start", "wanted"),
    [
        ("student", "… not yet", None),
        *((name, "✓ correct", None) for name in ("right", "solution", "changed-right", "changed-solution")),
        ("changed-after", "✗ not yet", [*VERDICTS[1], *VERDICTS[2], *LINES]),
        ("flipped-line", "✗ not yet", LINES),
        ("dragged", "✗ not yet", ["M9"]),
    ],
)
def test_verdicts(recalculated, name, start, wanted):
    texts = verdicts(recalculated[name])
    assert {cell: texts[cell] for cell in wanted or texts if not texts[cell].startswith(start)} == {}


@pytest.mark.parametrize(
    ("name", "sheet", "area", "expected"),
    [
        ("student", "2-D", "M9", ["… not yet: 1 of 9 right"]),
        ("student", "2-D", "M15", ["… not yet: 0 of 9 right"]),
        ("student", "2-D", "U9", ["… not yet: 0 right, 0 wrong"]),  # how many outputs there are is part of the question
        ("right", "2-D", "M9", ["✓ correct: 9 of 9 right"]),
        ("right", "2-D", "Q6:S8", ["✓"] * 9),
        ("dragged", "2-D", "Q6", ["✓"]),
        ("without-zeros", "2-D", "U9", ["✓ correct: 4 right, 0 wrong"]),
        ("without-zeros", "2-D", "U15", ["… not yet: 1 right, 0 wrong"]),
        ("beyond", "2-D", "U9", ["✗ not yet: 4 right, 5 wrong"]),  # cells beyond the output must stay empty
        ("beyond", "2-D", "U15", ["✗ not yet: 4 right, 5 wrong"]),
        ("rounded-up", "2-D", "M21", ["✗ not yet: 0 of 3 right"]),
        ("rounded-up", "2-D", "U21", ["✗ not yet: 0 of 3 right"]),
        ("text", "2-D", "Q6:S6", ["✗", None, "✗"]),  # an error does not spread, and a blank is empty
        ("text", "2-D", "M9", ["✗ not yet: 0 of 9 right"]),
        ("nearly-right", "2-D", "Q6:S6", ["✓", "✗", "✓"]),
        ("disagreeing", "2-D", "M9", ["✗ not yet: 8 of 9 right"]),
        ("disagreeing", "One cell", "H25", ["✗ not the same"]),
    ],
)
def test_marks(recalculated, name, sheet, area, expected):
    assert [mark or None for mark in values(recalculated[name][sheet], area)] == expected


@pytest.mark.parametrize("mistake", MISTAKES)
def test_typical_mistakes_are_not_correct(recalculated, mistake):
    sheet = recalculated[mistake]["2-D"]
    for area, verdict, typed, right in zip(MARKS[1], VERDICTS[1], maps(**MISTAKES[mistake]), maps(), strict=True):
        marks = ["✓" if number == wanted else "✗" for number, wanted in zip(typed, right, strict=True)]
        assert values(sheet, area) == marks
        assert "✗" in marks
        assert sheet[verdict].value == f"✗ not yet: {marks.count('✓')} of 9 right"


def test_an_empty_cell_is_no_answer_even_where_0_is_right(recalculated):
    book = recalculated["without-zeros"]
    for area, verdict, right in zip(MARKS[1], VERDICTS[1], maps(), strict=True):
        assert [mark or None for mark in values(book["2-D"], area)] == [None if n == 0 else "✓" for n in right]
        state = "… not yet" if 0 in right else "✓ correct"
        assert book["2-D"][verdict].value == f"{state}: {9 - right.count(0)} of 9 right"
    for setting, row in SETTING_ROWS.items():
        start = "… not yet" if 0 in line(*setting) else "✓ correct"
        assert book["1-D"][f"M{row}"].value.startswith(start)


def test_cells_beyond_the_output_must_stay_empty(recalculated):
    book = recalculated["beyond"]
    for setting, row in SETTING_ROWS.items():
        outputs = line(*setting)[0]
        expected = "✓ correct" if outputs == 7 else "✗ not yet"
        assert book["1-D"][f"M{row}"].value == f"{expected}: {outputs + 1} right, {7 - outputs} wrong"


def test_the_number_of_outputs_is_checked(recalculated):
    book = recalculated["rounded-up"]
    # 4 / 4 and 4 / 2 are whole, so rounding up is no mistake there.
    wrong = {(1, 0), (1, 1), (4, 1)}
    for setting, row in SETTING_ROWS.items():
        assert book["1-D"][f"C{row + 1}"].value == ("✗" if setting in wrong else "✓")
        assert book["1-D"][f"M{row}"].value.startswith("✗ not yet" if setting in wrong else "✓ correct")


@pytest.mark.parametrize(("name", "cell"), [("solution", (1, 0, 0)), ("one-cell", (2, 1, 2))])
def test_one_cell_shows_its_products(recalculated, name, cell):
    number, row, column = cell
    sheet = recalculated[name]["One cell"]
    expected = reference.products(handout.VOLUME, handout.FILTERS, row, column, number - 1)
    shown = zip(*(values(sheet, f"{letter}10:{letter}21") for letter in "ABCF"), strict=True)
    assert {(plane, i, j): value for plane, i, j, value in shown} == {
        (plane, i, j): expected[i, j, channel]
        for (channel, plane), i, j in product(enumerate(handout.CHANNELS), range(2), range(2))
    }
    bias = handout.BIAS[number - 1]
    assert values(sheet, "F22:F25") == [expected.sum(), bias, expected.sum() + bias, expected.sum() + bias]
    assert sheet["H25"].value == "✓ the same number"


@pytest.mark.parametrize("name", ["student", "solution", "right", "changed-right", "changed-solution"])
def test_no_formula_fails(recalculated, name):
    all_cells = [(sheet.title, cell) for sheet in recalculated[name] for row in sheet.iter_rows() for cell in row]
    assert [f"{sheet}!{cell.coordinate} {cell.value}" for sheet, cell in all_cells if cell.data_type == "e"] == []


@pytest.mark.parametrize("file", ["stud", "solution"])
def test_the_expected_values_are_hidden_and_live(folder, file):
    check = load_workbook(folder / f"cnn-ex1-{file}.xlsx")["check"]
    assert check.sheet_state == "hidden"
    expected = [cell for row in check["D5:D90"] for cell in row if cell.value is not None]
    assert len(expected) == 2 * (9 + 9 + 3) + 5 * 8
    assert all(cell.data_type == "f" for cell in expected)


def test_marks_and_verdicts_turn_green_on_the_check_mark(folder):
    sheet = load_workbook(folder / "cnn-ex1-stud.xlsx")["2-D"]
    rules = {str(area.sqref): area.rules for area in sheet.conditional_formatting}
    for area, first in (("Q6:S8", "Q6"), ("M9:S9", "$M$9"), ("U9:AA9", "$U$9")):
        green, red = rules[area]
        assert green.formula == [f'LEFT({first},1)="✓"']
        assert green.dxf.fill.bgColor.rgb == f"00{workbooks.GREEN}"
        assert red.formula == [f'LEFT({first},1)="✗"']


@pytest.mark.parametrize("file", ["stud", "solution"])
def test_sheets_are_protected_against_slips_only(folder, file):
    book = load_workbook(folder / f"cnn-ex1-{file}.xlsx")
    for sheet in book:
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth) == ("landscape", 1)
    open_cells = [cell for sheet, area, _ in given(**GIVEN) for cell in cells(book[sheet], area)]
    assert not [cell.coordinate for cell in open_cells if cell.protection.locked]
    assert book["2-D"]["M9"].protection.locked
    assert "CC BY 4.0" in " ".join(str(cell.value) for cell in book["Read me"]["A"])


@pytest.mark.parametrize("file", ["stud", "solution"])
def test_functions_are_in_every_spreadsheet_program(folder, file):
    """No _xlfn prefix (functions newer than the file format) and no array formula."""
    with zipfile.ZipFile(folder / f"cnn-ex1-{file}.xlsx") as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    assert len(sheets) >= 4
    assert not [sheet for sheet in sheets if b"_xlfn" in sheet or b't="array"' in sheet]


def test_bytes_are_the_same_in_every_process(folder, tmp_path):
    """At another time, with another order of hashes, in another time zone."""
    script = "import sys; from cnnbook.handin import worksheets; worksheets.write_worksheets(sys.argv[1])"
    environment = os.environ | {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Auckland"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env=environment)
    for path in sorted(folder.glob("*.xlsx")):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_no_time_of_saving_is_left_in_the_file(folder):
    for path in folder.glob("*.xlsx"):
        assert load_workbook(path).properties.modified == workbooks.EDITION
        assert load_workbook(path).properties.created == workbooks.EDITION
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert {datetime(*member.date_time).year for member in archive.infolist()} == {1980}


def test_write_worksheets_makes_the_folder_and_says_where_the_files_are(tmp_path):
    folder = tmp_path / "new" / "folder"
    paths = worksheets.write_worksheets(str(folder))
    assert paths == [folder / "cnn-ex1-stud.xlsx", folder / "cnn-ex1-solution.xlsx"]
    assert all(path.is_file() for path in paths)


def test_colours_are_those_of_the_figures():
    from cnnbook.plotting import style

    inks = {"ink": workbooks.INK, "muted": workbooks.MUTED, "grid": workbooks.LINE}
    inks |= {"red": workbooks.DARK_RED, "green": workbooks.DARK_GREEN}
    tints = {"red": workbooks.RED, "green": workbooks.GREEN, "blue": workbooks.BLUE, "grey": workbooks.GREY}
    assert {name: f"#{colour}" for name, colour in inks.items()} == {name: style.PALETTE[name] for name in inks}
    assert {name: f"#{colour}" for name, colour in tints.items()} == {name: style.TINTS[name] for name in tints}

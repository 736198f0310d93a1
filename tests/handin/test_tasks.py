"""The student's notebook and report: the tasks as they are given out, and what counts as an answer."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from myst_nb.core.read import read_myst_markdown_notebook
from students import ANSWERS, OPTIONAL, TASKS, cells, code, report_text

from cnnbook import experiments, handin
from cnnbook.handin import checks, report, tasks
from pages import BOOK

PRACTICAL = Path(handin.__file__).with_name("practical.md").read_text("utf-8")


def test_the_notebook_is_valid_and_has_the_cells_that_myst_reads():
    notebook = nbformat.from_dict(json.loads(tasks.notebook(tasks.template())))
    nbformat.validate(notebook)
    by_myst = [cell for cell in read_myst_markdown_notebook(PRACTICAL).cells if cell.source.strip()]
    assert [(cell.cell_type, cell.source.strip()) for cell in by_myst] == [
        (cell.cell_type, cell.source.strip()) for cell in notebook.cells
    ]


def test_the_notebook_asks_every_check_and_names_pages_and_claims_of_the_book():
    assert re.findall(r'handin\.check\("([\w-]+)"', PRACTICAL) == list(checks.CHECKS)
    titles = {re.search(r"^# (.+)$", path.read_text("utf-8"), re.M)[1] for path in BOOK.glob("arithmetic/*.md")}
    for title in ("Slide a filter along a row", "Filter a volume", "Fill in the worksheet"):
        assert title in titles
        assert f"*{title}*" in PRACTICAL
    (claim,) = [claim for claim in experiments.CLAIMS if (claim.of, claim.minus) == ("simple-cnn", "two-layer")]
    assert claim.lower == 10
    assert "Expect ten points or more over the two layers." in PRACTICAL


def test_notebook_and_page_have_one_rule_for_the_test_images():
    page = (BOOK / "review" / "hand-in.md").read_text("utf-8")
    assert "use the test images once for each network that you report" in PRACTICAL
    assert "the test images were used once for each network that is reported" in page


# --- answers ---


def test_the_notebook_as_given_out_is_wholly_unanswered_and_a_filled_in_one_lacks_nothing():
    missing, optional = tasks.unanswered(tasks.template())
    assert missing == [f"Task {number} is not answered" for number in TASKS]
    assert optional == [f"Task {number} is not answered" for number in OPTIONAL]
    assert tasks.unanswered(cells()) == ([], [])


def markdown(text):
    return tasks.Cell("markdown", text)


def edited(number, edit):
    """What a filled-in notebook lacks after `edit` of the list of cells of one task."""
    by_number = tasks.by_number(cells())
    by_number[number] = edit([cell for cell in by_number[number] if cell.source])
    return tasks.unanswered([cell for task in by_number.values() for cell in task])[0]


def given_out(number):
    return [cell for cell in tasks.by_number(tasks.template())[number] if cell.source]


@pytest.mark.parametrize(
    ("number", "edit", "says"),
    [
        ("1.2", lambda cells: [*cells[:2], markdown("*Your answer*")], ["has no answer in words"]),
        ("1.2", lambda cells: [cells[0], given_out("1.2")[1], *cells[2:]], ["has no answer in code"]),
        ("2.2", lambda cells: [*cells, given_out("2.2")[2]], ["has a place for an answer that is still empty"]),
        ("2.1", lambda cells: [*cells[:1], *code("# only a comment"), *cells[2:]], ["has no answer in code"]),
        (
            "1.1",
            lambda cells: [cells[0], *code("outputs = {\n(1, 0): [2],\n(2, 0): ...,\n}")],
            ["has a place for an answer"],
        ),
        ("3.4", lambda cells: [], ["is not in the notebook: its heading is gone"]),
        ("1.3", lambda cells: given_out("1.3"), ["is not answered"]),
        ("1.3", lambda cells: [given_out("1.3")[0], *code("# mine:\n" + given_out("1.3")[1].source)], ["is not answ"]),
        # These are answers, written in other ways.
        ("1.3", lambda cells: [cells[0], *code("x = np.zeros((2, 2))[..., 0]")], []),
        ("1.3", lambda cells: [cells[0], *code("%matplotlib inline\nmaps_count = 2")], []),
        ("2.1", lambda cells: [cells[0]._replace(source=cells[0].source + "\n\n32 %, that is a third."), cells[1]], []),
        ("2.1", lambda cells: [*cells[:2], markdown("*Your answer*\n\n32 %")], []),
    ],
)
def test_what_counts_as_an_answer(number, edit, says):
    sentences = edited(number, edit)
    assert len(sentences) == len(says)
    assert all(sentence.startswith(f"Task {number} {what}") for sentence, what in zip(sentences, says, strict=True))


def test_headings_may_share_a_cell():
    merged = markdown("\n\n".join(cell.source for cell in cells() if cell.cell_type == "markdown"))
    missing, _ = tasks.unanswered([merged])
    assert missing == [
        f"Task {number} " + ("has no answer in code" if len(ANSWERS[number]) > 1 else "is not answered")
        for number in TASKS
        if number != "3.4"
    ]


# --- the report ---


def test_the_report_as_given_out_is_wholly_unwritten_and_a_filled_in_one_lacks_nothing():
    sections = re.findall(r"^#+ (.+)", report.template(), re.M)
    assert sections[-1] == "Review questions (optional)"
    assert report.missing(report.template()) == [
        f"The section “{title}” of the report is not filled in" for title in sections[:-1]
    ]
    assert report.missing(report_text()) == []
    (sentence,) = report.missing(report_text().replace("## Two layers", "## 2 layers\n\n*Your text*"))
    assert "“2 layers”" in sentence


@pytest.mark.parametrize("line", ["Authors: A. B.", "**Authors:** A. B.", "Author: A. B.  ", "*Authors*: A. B."])
def test_authors_may_be_set_in_bold(line):
    assert report.authors(f"# Report\n\n{line}\n") == "A. B."

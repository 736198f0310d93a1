"""The exports for learning management systems: what they hold, and how each format judges every answer we know."""

import io
import re
import warnings
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from built import SITE, built_pages
from moodle_xml_parser.parser import parse_bytes

from booksite.__main__ import main
from booksite.lms import banks, export, moodle, pages, qti12, qti21
from booksite.lms.items import Answer, Item
from booksite.lms.markup import MATHML, paragraphs, to_html, to_text
from cnnbook import data, intervals, shapes
from cnnbook.practice import KINDS

with warnings.catch_warnings():  # of a Python that is newer than the package
    warnings.simplefilter("ignore")
    from pyslet.qtiv2.variables import ItemSessionState
    from pyslet.qtiv2.xml import QTIDocument

_Q12, _Q21 = f"{{{qti12.NAMESPACE}}}", f"{{{qti21.NAMESPACE}}}"

#: What may stand below the elements of QTI 1.2 that we use, as its DTD has it, with a blank after each.
_CONTENT_OF = {
    "questestinterop": "assessment ",
    "assessment": "section ",
    "section": "(item )+",
    "item": "itemmetadata presentation resprocessing (itemfeedback )*",
    "itemmetadata": "qtimetadata ",
    "qtimetadata": "(qtimetadatafield )+",
    "qtimetadatafield": "fieldlabel fieldentry ",
    "presentation": "material (response_lid |response_str )+",
    "material": "mattext ",
    "response_lid": "(material )?render_choice ",
    "response_str": "render_fib ",
    "render_choice": "(response_label )+",
    "render_fib": "response_label ",
    "response_label": "(material )?",
    "resprocessing": "outcomes (respcondition )+",
    "outcomes": "decvar ",
    "respcondition": "conditionvar (setvar )*(displayfeedback )*",
    **dict.fromkeys(("conditionvar", "and", "or"), "(not |and |or |varequal |vargte |varlte )+"),
    "not": "(and |or |not |varequal |vargte |varlte )",
    "itemfeedback": "flow_mat ",
    "flow_mat": "material ",
}


@pytest.fixture(scope="module")
def items():
    """All questions of the site, and problems of every kind and level."""
    return [*pages.read_items(SITE), *banks.draw_items(range(3), site="https://book.example/")]


@pytest.fixture(scope="module")
def files(items):
    """All formats: the content of each file by its name."""
    return {name: write(items, "A book / of two") for name, write in export.WRITERS.items()}


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def responses(item):
    """What students answer: each known answer, with the numbers of the feedback that it must bring, and whether it is
    right; of several choices all that are right, and each set with one more."""
    right = [number for number, answer in enumerate(item.answers) if answer.right]
    said = [number for number, answer in enumerate(item.answers) if answer.feedback is not None]
    if item.kind == "multiple":
        yield right, [number for number in right if number in said], True
        for number in set(range(len(item.answers))) - set(right):
            yield [*right, number], [other for other in (*right, number) if other in said], False
    elif item.kind == "match":
        yield right, [], True
        yield right[1:], [number for number in right[:1] if number in said], False
    else:
        for number, answer in enumerate(item.answers):
            yield [number], [number] if number in said else [], answer.right


# --- what is exported -------------------------------------------------------------------------------------------------


def test_every_question_of_the_site_that_stands_alone_is_an_item(items):
    """One asks about a figure on its page."""
    on_site = {
        label
        for page in built_pages()
        for label in re.findall(r'<fieldset [^>]*class="quiz-item"[^>]* id="([^"]+)"', (SITE / page).read_text("utf-8"))
    }
    names = [item.name for item in items]
    assert len(on_site) > 100
    assert on_site - set(names) == {"quiz-front"}
    assert len(set(names)) == len(names)
    for item in items:
        assert to_html(item.question), item.name
        assert item.right, item.name
        assert item.kind == "match" or any(answer.feedback is not None for answer in item.answers), item.name


def test_a_cell_of_a_drawing_is_named_with_what_stands_in_it(items):
    (item,) = [item for item in items if item.name == "quiz-one-dimension-window"]
    words = [to_html(answer.value) for answer in item.answers]
    assert words[:3] == ["cell 0: 2", "cell 1: −1", "cell 2: 0"]
    assert [number for number, answer in enumerate(item.answers) if answer.right] == [4, 5, 6]
    said = [to_html(answer.feedback) for answer in item.answers if not answer.right]
    assert said[0] == said[1] != said[2] == said[3]  # neighbours share what is said


def numbers(answers):
    """What stands in the cells of a drawing, cell by cell."""
    return np.array([float(to_text(answer.value).split()[-1].replace("−", "-")) for answer in answers])


def marked(answers):
    """The cells that are marked right."""
    return [place for place, answer in enumerate(answers) if answer.right]


def test_cells_are_marked_right_that_the_books_own_functions_say(items):
    def block(rows, columns, width):
        return [width * row + column for row in rows for column in columns]

    answers = {item.name: item.answers for item in items}
    left, right = shapes.same_padding(4, 4)
    shown = numbers(answers["quiz-pooling-winners"])
    windows = [block(range(row, row + 2), range(column, column + 2), 4) for row in (0, 2) for column in (0, 2)]
    middle, *_ = shapes.seen(5, 3, dilation=2)
    rows, columns = shapes.seen(4, 2)[1:]
    inner = shapes.seen(9, 3)
    expected = {
        "quiz-one-dimension-window": shapes.seen(9, 3, stride=2)[2],
        "quiz-padding-odd": [*range(2 - left, 2), *range(6, 6 + right)],
        "quiz-output-size-gaps": block(middle, middle, 5),
        "quiz-pooling-winners": sorted(max(cells, key=shown.__getitem__) for cells in windows),
        "quiz-receptive-cells": sorted({cell for of in shapes.seen(len(inner), 3)[3] for cell in inner[of]}),
        "quiz-volumes-patch": block(rows, columns, 4),
    }
    assert {name: marked(answers[name]) for name in expected} == {name: list(of) for name, of in expected.items()}


def test_cells_on_the_pages_of_experiments_are_marked_right_by_what_stands_in_them(items):
    answers = {item.name: item.answers for item in items}

    def rows(name, columns):
        return numbers(answers[name]).reshape(-1, columns)

    said = rows("quiz-scores-costly", 4)
    truth = [3, 0, 2]
    image = int(np.argmax(-np.log(said[range(3), truth])))

    counts = rows("quiz-one-layer-confusion", 4)
    often = int(counts.sum(axis=0).argmax())

    losses = numbers(answers["quiz-two-layers-stopping"])
    best = [int(losses[: epoch + 1].argmin()) for epoch in range(len(losses))]
    stop = next(epoch for epoch, kept in enumerate(best) if epoch - kept == 2)

    five = np.array([-1, -1, 0, 1, 1])  # their mean is 0, their standard deviation 1
    means, deviations = rows("quiz-sure-shown", 5)
    found = [intervals.interval(pair) for pair in means[:, None] + deviations[:, None] * five]

    heat = np.maximum(numbers(answers["quiz-sees-outline"]), 0)

    sizes, milliseconds = rows("quiz-inference-batch", 5)
    keeps_up, wait = milliseconds <= 2 * sizes, 2 * (sizes - 1) + milliseconds

    right, none_of_the_ten = rows("quiz-own-bar", 5)

    expected = {
        "quiz-data-split": data.split(numbers(answers["quiz-data-split"]).astype(int), per_class=1)[1],
        "quiz-scores-costly": [4 * image + truth[image]],
        "quiz-one-layer-confusion": [4 * row + often for row in range(4) if row != often],
        "quiz-two-layers-stopping": [best[stop]],
        "quiz-sure-shown": [place for place, of in enumerate(found) if of.low > 0 or of.high < 0],
        "quiz-sees-outline": np.flatnonzero(heat >= heat.max() / 2),
        "quiz-inference-batch": np.flatnonzero(keeps_up & (wait <= 20)),
        "quiz-own-bar": np.flatnonzero(right <= none_of_the_ten.max()),
    }
    assert {name: marked(answers[name]) for name in expected} == {name: list(of) for name, of in expected.items()}


def test_a_bank_has_every_kind_and_level_and_asks_nothing_twice():
    drawn = banks.draw_items(range(40), kinds=("output_size", "pooling"), levels=(1, 3))
    assert {item.category for item in drawn} == {
        f"{kind}, level {level}" for kind in ("Output size", "Pooling by hand") for level in (1, 3)
    }
    questions = [to_html(item.question) for item in drawn]
    assert len(set(questions)) == len(questions)
    assert 100 < len(drawn) <= 160


def test_the_words_of_a_page_become_plain_markup():
    page = """<link rel="canonical" href="https://book.example/a/b.html">
    <h1>One &amp; two<a class="headerlink">#</a></h1>
    <fieldset class="quiz-item" data-kind="choice" id="quiz-x" data-key="eyJyaWdodCI6IFswXX0=">
    <legend><span class="quiz-name">Question 3</span></legend>
    <div class="quiz-question"><p class="big">Is <code class="x"><span>a &lt; b</span></code> in
    <a href="../c.html#d">Fig. 1</a>, <span class="katex"><span class="katex-mathml"><math
    xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mi>x</mi><annotation encoding="application/x-tex">
    x &lt; \\alpha</annotation></semantics></math></span><span class="katex-html">drawn</span></span>?<img
    src="p.png" alt="a cell"></p></div>
    <span class="quiz-text">Yes</span><span class="quiz-text">No</span>
    <li data-note="1"><p class="quiz-lead">B</p><div class="quiz-note-text"><p>It is.</p></div></li></fieldset>"""
    asks_of_its_page = page[page.index("<fieldset") :].replace("../c.html#d", "#d")
    (item,) = pages.items_on(page + asks_of_its_page)
    assert (item.category, item.title, item.kind) == ("One & two", "One & two: Question 3", "choice")
    assert to_html(item.question) == (
        '<p>Is <code>a &lt; b</code> in <a href="https://book.example/c.html#d">Fig. 1</a>, \\(x &lt; \\alpha\\)?'
        "<em>[picture: a cell]</em></p>"
    )
    answers = [(to_html(answer.value), answer.right, to_html(answer.feedback)) for answer in item.answers]
    assert answers == [("Yes", True, ""), ("No", False, "<p>It is.</p>")]


def test_two_exports_are_the_same_bytes(items, files):
    assert {name: write(items, "A book / of two") for name, write in export.WRITERS.items()} == files


# --- Moodle -----------------------------------------------------------------------------------------------------------


def test_moodle_reads_every_item(items, files):
    quiz = ElementTree.fromstring(files["moodle.xml"])
    questions = [question for question in quiz if question.get("type") != "category"]
    assert [question.findtext("idnumber") for question in questions] == [item.name for item in items]
    categories = [question.findtext("category/text") for question in quiz.findall("question[@type='category']")]
    assert categories[0].startswith("$course$/top/A book // of two/")
    for item, question in zip(items, questions, strict=True):
        assert question.get("type") == moodle.TYPES[item.kind]
        assert question.findtext("questiontext/text") == to_html(item.question)
        if item.kind == "match":
            pairs = [(pair.findtext("text"), pair.findtext("answer/text")) for pair in question.findall("subquestion")]
            assert pairs == [(to_html(answer.value), answer.partner) for answer in item.answers]
            continue
        for chosen, feedback, is_right in responses(item):
            marks, said = zip(*(answered(question, item, number) for number in chosen), strict=True)
            assert (round(sum(marks), 2) == 100) == is_right, item.name
            assert [words for words in said if words] == [to_html(item.answers[number].feedback) for number in feedback]


def answered(question, item, number):
    """The marks and the feedback of an answer, as Moodle finds it: the first that a typed text agrees with."""
    if item.kind in ("choice", "multiple"):
        answer = question.findall("answer")[number]
    elif item.kind == "number":
        value = item.answers[number].value
        near = (
            answer
            for answer in question.findall("answer")
            if abs(float(answer.findtext("text")) - value) <= float(answer.findtext("tolerance"))
        )
        answer = next(near)
    else:
        typed = " ".join(map(str, item.answers[number].value)) if item.kind == "row" else None
        typed = typed or "x".join(map(str, item.answers[number].value))
        answer = next(answer for answer in question.findall("answer") if answer.findtext("text") == typed)
    return float(answer.get("fraction")), answer.findtext("feedback/text")


def test_another_reader_of_moodle_xml_finds_the_same_choices(items, files):
    read = {question.name: question for question in parse_bytes(files["moodle.xml"])["multichoice"]}
    chosen = [item for item in items if item.kind in ("choice", "multiple")]
    assert read.keys() == {item.title for item in chosen}
    for item in chosen:
        options = read[item.title].options
        assert read[item.title].single == (item.kind == "choice")
        assert [option.score_fraction > 0 for option in options] == [answer.right for answer in item.answers]


# --- QTI 2.1 ----------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of pyslet, within itself
def test_items_in_qti_2_judge_as_the_page_does(items, files, tmp_path):
    content = unzipped(files["qti-2.1.zip"])
    for item in items:
        root = QTIDocument(baseURI=(tmp_path / "item.xml").as_uri())
        (tmp_path / "item.xml").write_bytes(content[f"items/{item.name}.xml"])
        root.read()
        for chosen, feedback, is_right in responses(item):
            score, said = run(root.root, item, chosen)
            assert score == float(is_right), (item.name, chosen)
            assert said == {f"feedback-{number}" for number in feedback} | ({"explanation"} if is_right else set())


def test_words_in_qti_2_are_those_of_its_schema(files):
    """Of the elements of HTML it knows these, and of their attributes a link's alone; formulas are MathML."""
    known = {"p", "ul", "ol", "li", "em", "strong", "code", "pre", "br", "sub", "sup", "a", "div", "math"}
    known |= {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    for name, content in unzipped(files["qti-2.1.zip"]).items():
        for words in ElementTree.fromstring(content).iter(f"{_Q21}div"):
            for element in words.iter():
                namespace, _, tag = element.tag[1:].partition("}")
                if namespace == qti21.NAMESPACE:
                    assert tag in known, (name, tag)
                    assert set(element.attrib) <= ({"href"} if tag == "a" else set()), (name, tag, element.attrib)
                else:
                    assert namespace == MATHML, (name, element.tag)


def run(root, item, chosen):
    """Give an answer; returns the score and which feedback is shown."""
    session = ItemSessionState(root)
    session.begin_session()
    values = [answer_in_qti(item, item.answers[number], number) for number in chosen]
    session["RESPONSE"].set_value(values if item.kind in ("multiple", "match") else values[0])
    session.end_attempt()
    return session["SCORE"].value, set(session["FEEDBACK"].value or ())


def answer_in_qti(item, answer, number):
    if item.kind in ("choice", "multiple"):
        return f"choice-{number}"
    if item.kind == "match":
        return (f"side-{number}", f"partner-{item.partners.index(answer.partner)}")
    if item.kind == "number":
        return str(answer.value)
    return (" " if item.kind == "row" else "x").join(map(str, answer.value))


def test_manifests_list_the_files_of_their_packages(files):
    for name in ("qti-2.1.zip", "qti-1.2.zip"):
        content = unzipped(files[name])
        manifest = ElementTree.fromstring(content.pop("imsmanifest.xml"))
        listed = [file.get("href") for file in manifest.iter() if file.tag.endswith("}file")]
        assert sorted(listed) == sorted(content)
        names = [part.get("identifier") for part in manifest.iter() if part.tag.endswith("}resource")]
        assert len(set(names)) == len(names)
    test = ElementTree.fromstring(unzipped(files["qti-2.1.zip"])["test.xml"])
    assert [part.get("href") for part in test.iter(f"{_Q21}assessmentItemRef")] == [
        f"items/{name}.xml" for name in names_in(files)
    ]


def names_in(files):
    quiz = ElementTree.fromstring(files["moodle.xml"])
    return [name.text for name in quiz.iter("idnumber")]


# --- QTI 1.2 ----------------------------------------------------------------------------------------------------------


def test_quizzes_in_qti_1_have_the_form_of_its_definition(files):
    for name, content in unzipped(files["qti-1.2.zip"]).items():
        if name == "imsmanifest.xml":
            continue
        for element in ElementTree.fromstring(content).iter():
            children = "".join(f"{child.tag.removeprefix(_Q12)} " for child in element)
            tag = element.tag.removeprefix(_Q12)
            assert re.fullmatch(_CONTENT_OF.get(tag, ""), children), (name, tag, children)


def test_items_in_qti_1_judge_as_the_page_does(items, files):
    found = {}
    for name, content in unzipped(files["qti-1.2.zip"]).items():
        if name != "imsmanifest.xml":
            found |= {item.get("ident"): item for item in ElementTree.fromstring(content).iter(f"{_Q12}item")}
    for item in items:
        for chosen, feedback, is_right in responses(item):
            score, said = interpret(found[item.name], response_in_qti_1(item, chosen))
            assert (score == 100) == is_right, (item.name, chosen)
            expected = {f"feedback-{number}" for number in feedback}
            assert said == expected | ({"explanation"} if is_right else set()), item.name


def test_partners_are_plain_words_and_a_pair_may_have_no_feedback():
    """What a reader takes for HTML has the sign `<` escaped."""
    partners = ("k < n", "k > n")
    sides = [Answer(paragraphs("a"), True, None, "k > n"), Answer(paragraphs("b"), True, paragraphs("No."), "k < n")]
    item = Item("m", "Page", "M", "match", paragraphs("Match."), sides, paragraphs("So."), partners=partners)
    quiz = ElementTree.fromstring(unzipped(qti12.write([item], "A book"))["quiz-01.xml"])
    shown = [label.findtext(f"{_Q12}material/{_Q12}mattext") for label in quiz.iter(f"{_Q12}response_label")]
    assert shown == ["k &lt; n", "k &gt; n"] * 2
    assert interpret(quiz, {}) == (0, {"feedback-1"})


def test_the_last_condition_that_names_a_pair_brings_its_feedback(items, files):
    """From which Canvas takes it."""
    pairs = 0
    for name, content in unzipped(files["qti-1.2.zip"]).items():
        for question in ElementTree.fromstring(content).iter(f"{_Q12}item") if name != "imsmanifest.xml" else ():
            last = {}
            for condition in question.iter(f"{_Q12}respcondition"):
                feedback = condition.find(f"{_Q12}displayfeedback")
                named = next(condition.iter(f"{_Q12}varequal")).get("respident")
                last[named] = feedback.get("linkrefid") if feedback is not None else None
            last.pop("response", None)
            assert all(feedback == pair.replace("pair", "feedback") for pair, feedback in last.items()), last
            pairs += len(last)
    assert pairs == sum(len(item.answers) for item in items if item.kind == "match") > 0


def response_in_qti_1(item, chosen):
    if item.kind == "match":
        return {f"pair-{number}": [f"partner-{item.partners.index(item.answers[number].partner)}"] for number in chosen}
    return {"response": [str(answer_in_qti(item, item.answers[number], number)) for number in chosen]}


def interpret(item, response):
    """Score and feedback of a response, by the rules of an item."""
    score, said = 0.0, set()
    for condition in item.iter(f"{_Q12}respcondition"):
        variables, *deeds = condition
        if all(holds(part, response) for part in variables):
            for deed in deeds:
                if deed.tag == f"{_Q12}setvar":
                    score = float(deed.text) + (score if deed.get("action") == "Add" else 0)
                else:
                    said.add(deed.get("linkrefid"))
            if condition.get("continue") == "No":
                break
    assert said <= {feedback.get("ident") for feedback in item.iter(f"{_Q12}itemfeedback")}
    return score, said


def holds(part, response):
    tag = part.tag.removeprefix(_Q12)
    if tag in ("and", "or"):
        return {"and": all, "or": any}[tag](holds(child, response) for child in part)
    if tag == "not":
        return not holds(part[0], response)
    given = response.get(part.get("respident"), [])
    if tag == "varequal":
        return part.text in given
    return any(
        float(part.text) <= float(text) if tag == "vargte" else float(text) <= float(part.text) for text in given
    )


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_writes_what_the_site_offers(tmp_path, capsys):
    assert main(["lms", str(tmp_path)]) == 0
    assert main(["lms", str(tmp_path), "--seeds", f"{export.SEEDS[0]}-{export.SEEDS[-1]}"]) == 0
    said = capsys.readouterr().out
    places = (*export.IMPORTS.values(), *export.IMPORTS.values())
    assert [line.strip() for line in said.splitlines() if line.startswith(" ")] == list(places)
    assert said.count("add --seeds, such as 1-50") == 1
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_bytes() for path in (SITE / export.FOLDER).iterdir()}
    (tmp_path / "moodle.xml").write_text("edited")
    assert main(["lms", str(tmp_path)]) == 1
    assert "moodle.xml" in capsys.readouterr().err
    assert (tmp_path / "moodle.xml").read_text() == "edited"


def test_files_of_other_seeds_leave_the_site(tmp_path):
    folder = tmp_path / "lms"
    export.fill_folder(folder, {"practice-1-9-moodle.xml": b"old", "moodle.xml": b"kept"})
    export.fill_folder(folder, {"practice-1-5-moodle.xml": b"new", "moodle.xml": b"kept"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "practice-1-5-moodle.xml": b"new", "moodle.xml": b"kept",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--seeds", "9-3"], "such as 1-50"),
        (["--seeds", "1-"], "such as 1-50"),
        (["--seeds", "1-999999999"], "1,000 at most"),
        (["--seeds", "1", "--kind", "sizes"], "unknown kind"),
        (["--seeds", "1", "--level", "4"], "level must be"),
        (["--kind", KINDS[0]], "add --seeds"),
        (["--site", "nowhere"], "make book"),
    ],
)
def test_a_wrong_option_is_explained(tmp_path, capsys, options, words):
    assert main(["lms", str(tmp_path), *options]) == 1
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_file_in_place_of_the_folder_is_explained(tmp_path, capsys):
    (tmp_path / "there").touch()
    assert main(["lms", str(tmp_path / "there"), "--seeds", "1"]) == 1
    assert "cannot be used (File exists); name a place where you may write" in capsys.readouterr().err


@pytest.mark.parametrize(("seeds", "count"), [("4-6", 3), ("4", 1)])
def test_a_bank_is_named_after_what_it_holds(tmp_path, seeds, count):
    assert main(["lms", str(tmp_path), "--seeds", seeds, "--kind", "output_size", "--level", "2"]) == 0
    name = f"practice-{seeds}-level-2-output-size"
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}-{ending}" for ending in export.WRITERS}
    quiz = ElementTree.parse(tmp_path / f"{name}-moodle.xml").getroot()
    assert len(quiz.findall("question[@type='numerical']")) == count

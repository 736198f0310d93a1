"""Search: which section a question leads to, in the sections of the built site and in a browser."""

import re

import pytest
from built import SITE
from playwright.sync_api import expect

import javascript

#: Questions as readers type them, and the section that must stand first.
FIRST_HITS = {
    "3x3": "arithmetic/volumes.html#volumes-size",
    "3×3": "arithmetic/volumes.html#volumes-size",
    "3x3 convolution": "arithmetic/parameters.html#parameters-conv",
    "2x2 max pooling": "review/write-convolutions.html#max-pooling",
    "padding=same": "arithmetic/padding.html#padding-same",
    "padding same": "arithmetic/padding.html#padding-same",
    "same padding stride 2": "review/libraries.html#libraries-same",
    "deconvolution": "arithmetic/output-size.html#output-size-transposed",
    "upsampling": "arithmetic/kinds.html#output-size-checkerboard",
    "checkerboard": "arithmetic/kinds.html#output-size-checkerboard",
    "1x1 convolution": "arithmetic/kinds.html#kinds-pointwise",
    "SeparableConv2D": "arithmetic/kinds.html#parameters-separable",
    "equivariance": "arithmetic/photograph.html#photograph-shift",
    "AlexNet 227": "experiments/famous-networks.html#famous-networks-alexnet",
    "save a model": "experiments/own-photograph.html#own-photograph-save",
    "fine-tuning": "experiments/own-photograph.html#own-photograph-transfer",
    "atrous": "arithmetic/output-size.html#output-size-dilation",
    "dilation": "arithmetic/output-size.html#output-size-dilation",
    "receptive field": "arithmetic/receptive-field.html",
    "receptve field": "arithmetic/receptive-field.html",
    "why is my output size not an integer": "arithmetic/output-size.html#output-size-floor",
    "fully connected layer": "arithmetic/parameters.html#parameters-dense",
    "parameters of a convolution layer": "arithmetic/parameters.html#parameters-conv",
    "multiply-adds": "arithmetic/parameters.html#parameters-multiply-adds",
    "flops": "arithmetic/parameters.html#parameters-multiply-adds",
    "residual connection": "experiments/deeper-cnns.html#deeper-cnns-steps",
    "label smoothing": "experiments/deeper-cnns.html#deeper-cnns-training",
    "data augmentation": "experiments/deeper-cnns.html#deeper-cnns-steps",
    "confidence interval": "experiments/how-sure.html#overlapping-intervals",
    "confusion matrix": "experiments/simple-cnn.html#what-it-gets-wrong",
    "probabilities or logits": "experiments/scores-and-loss.html#scores-logits",
    "sobel filter": "arithmetic/photograph.html#photograph-sum",
    "softmax": "experiments/scores-and-loss.html#scores-softmax",
    "what does evaluate return": "experiments/scores-and-loss.html#scores-evaluate",
    "backpropagation": "experiments/filter-learns.html",
    "early stopping": "experiments/two-layers.html#two-layers-overfitting",
    "GradCAM": "experiments/what-a-layer-sees.html#where-a-decision-comes-from-grad-cam",
    "channels_first": "review/libraries.html#libraries-axes",
    "weight sharing": "arithmetic/volumes.html#volumes-map",
    "spreadsheet": "arithmetic/spreadsheet.html",
    "CIFAR-10": "experiments/data.html",
    "behind a proxy": "experiments/data.html#where-it-comes-from",
    "wrong labels": "experiments/simple-cnn.html#what-it-gets-wrong",
    "mixed precision": "arithmetic/parameters.html#parameters-bytes",
    "number of threads": "experiments/how-sure.html#how-sure-machine",
    "cite this book": "status.html#cite",
    "screen reader": "accessibility.html#accessibility-short",
    "hand in": "review/hand-in.html",
}

_PROGRAM = """
import { excerpt, find, makeIndex } from "./search/ranking.js";
function output({ sections, questions }) {
  const index = makeIndex(sections);
  return questions.map((question) => find(index, question).slice(0, 5).map(({ section, terms }) =>
    [section.url, excerpt(section.text || section.code, terms)]));
}
"""


def sections():
    text = (SITE / "_static/search-sections.js").read_text("utf-8")
    return javascript.run("function output(text) { (0, eval)(text); return globalThis.bookSections }", text)


@pytest.fixture(scope="module")
def hits():
    """The five best hits for each question: address and excerpt."""
    questions = list(FIRST_HITS)
    return dict(zip(questions, javascript.run(_PROGRAM, {"sections": sections(), "questions": questions}), strict=True))


@pytest.mark.parametrize("question", FIRST_HITS)
def test_a_question_leads_to_its_section(hits, question):
    assert hits[question][0][0] == f"book/{FIRST_HITS[question]}"


def test_excerpts_are_cut_between_words(hits):
    texts = {section["url"]: f" {section['text'] or section['code']} " for section in sections()}
    for address, parts in (hit for question in hits.values() for hit in question):
        excerpt = "".join(parts)
        assert f" {excerpt.removeprefix('… ').removesuffix(' …').strip()} " in texts[address]
        assert len(excerpt) < 200


def test_all_words_of_a_question_are_marked_where_they_stand_together(hits):
    marked = [[word.lower() for word in parts[1::2]] for _, parts in hits["receptive field"]]
    assert all({"receptive", "field"} <= set(words) for words in marked[:2]), marked


def test_titles_of_exercises_and_links_read_as_on_the_page():
    texts = " ".join(section["text"] for section in sections())
    assert "Exercise: Write convolve_1d Write" in texts
    assert "You need Predict the size of a feature map; 10 minutes" in texts
    assert not re.search(r"\bfig-\w", texts)


def test_no_answer_of_a_question_and_nothing_for_teachers_is_found():
    pages = {section["url"].partition("#")[0] for section in sections()}
    assert "book/review/teachers.html" not in pages
    assert not any("Solution to" in section["title"] for section in sections())
    assert not any("quiz" in section["text"] for section in sections())


def test_hits_appear_while_typing_and_by_keyboard(visit):
    shown = visit("book/intro.html")
    shown.tab.keyboard.press("Control+k")
    shown.tab.keyboard.type("receptive fi")
    hits = shown.tab.locator("#pst-search-dialog .search-hit")
    expect(hits).to_have_count(5)
    expect(hits.first).to_contain_text("Trace the receptive field")
    shown.tab.keyboard.press("ArrowDown")
    expect(hits.first).to_be_focused()
    shown.tab.keyboard.press("Enter")
    shown.tab.wait_for_url("**/arithmetic/receptive-field.html")
    assert shown.errors == []


def test_the_search_page_answers_its_address_and_says_when_nothing_is_found(visit):
    shown = visit("search.html?q=stride")
    expect(shown.tab.locator(".search-hit").first).to_be_visible()
    count = shown.tab.locator(".search-hit").count()
    assert count > 30, "all of them, not the first few"
    assert shown.tab.get_by_role("status").first.inner_text() == f"{count} sections"
    shown.tab.locator(".bd-search-container input").fill("xyzzy")
    expect(shown.tab.get_by_role("status").first).to_contain_text("Nothing found")
    assert shown.errors == []

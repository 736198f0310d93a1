"""Search: which section a question leads to, in the sections of the built site and in a browser."""

import re

import checks
import pytest
from built import SITE
from playwright.sync_api import expect

import javascript
from pages import BOOK

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
    "confidence interval": "experiments/how-sure.html#how-sure-interval",
    "confusion matrix": "experiments/simple-cnn.html#simple-cnn-mistakes",
    "probabilities or logits": "experiments/scores-and-loss.html#scores-logits",
    "sobel filter": "arithmetic/photograph.html#photograph-sum",
    "softmax": "experiments/scores-and-loss.html#scores-softmax",
    "what does evaluate return": "experiments/scores-and-loss.html#scores-evaluate",
    "backpropagation": "experiments/filter-learns.html",
    "early stopping": "experiments/two-layers.html#two-layers-overfitting",
    "GradCAM": "experiments/what-a-layer-sees.html#what-a-layer-sees-grad-cam",
    "channels_first": "review/libraries.html#libraries-axes",
    "weight sharing": "arithmetic/volumes.html#volumes-map",
    "spreadsheet": "arithmetic/spreadsheet.html",
    "CIFAR-10": "experiments/data.html",
    "behind a proxy": "experiments/data.html#where-it-comes-from",
    "wrong labels": "experiments/simple-cnn.html#simple-cnn-mistakes",
    "mixed precision": "arithmetic/parameters.html#parameters-bytes",
    "number of threads": "experiments/how-sure.html#how-sure-machine",
    "cite this book": "status.html#cite",
    "screen reader": "accessibility.html#accessibility-short",
    "hand in": "review/hand-in.html",
    "vanishing gradients": "experiments/filter-learns.html#what-it-costs-and-where-it-gets-lost",
    "W-F+2P": "arithmetic/output-size.html#output-size-count",
    "in one minute": "experiments/speedrun.html",
    "Conv2DTranspose": "arithmetic/output-size.html#output-size-transposed",
    "hyperparameters": "arithmetic/parameters.html",
    "batch normalization": "experiments/two-layers.html#two-layers-tuning",
    "dropout": "experiments/two-layers.html#two-layers-tuning",
    "receptive field formula": "notation.html#formulas",
    # Words of the glossary, and what readers call them.
    "kernel": "arithmetic/one-dimension.html#one-dimension-step",
    "filters": "arithmetic/one-dimension.html#one-dimension-step",
    "biases": "arithmetic/one-dimension.html#one-dimension-step",
    "stride": "arithmetic/one-dimension.html#one-dimension-stride",
    "Strides": "arithmetic/one-dimension.html#one-dimension-stride",
    "convolution": "arithmetic/one-dimension.html",
    "convolutional layers": "arithmetic/one-dimension.html",
    "relu": "experiments/two-layers.html#two-layers-hidden",
    "padding": "arithmetic/padding.html",
    "valid": "arithmetic/padding.html",
    "zero padding": "arithmetic/padding.html",
    "pooling": "arithmetic/pooling.html#pooling-windows",
    "maxpool": "arithmetic/pooling.html#pooling-windows",
    "batch norm": "experiments/two-layers.html#two-layers-tuning",
    "channel": "arithmetic/volumes.html#volumes-cell",
    "epoch": "experiments/one-layer.html",
    "learning rate": "experiments/two-layers.html#two-layers-tuning",
    "batch size": "experiments/one-layer.html",
    "logits": "experiments/scores-and-loss.html#scores-logits",
    "overfitting": "experiments/two-layers.html#two-layers-overfitting",
    "gradient": "experiments/filter-learns.html",
    "flatten": "experiments/simple-cnn.html#simple-cnn-layers",
    "whitening": "experiments/speedrun.html#speedrun-whitening",
    "test-time augmentation": "experiments/speedrun.html#speedrun-time",
    "quantization": "experiments/inference.html#inference-eight-bits",
    "latency": "experiments/inference.html#inference-batches",
    "int8": "experiments/inference.html#inference-eight-bits",
}

#: Misspelt questions, and what search asks back; a word that is only unfinished is none.
MEANT = {
    "strde": "stride",
    "convlution": "convolution",
    "Sofmax": "softmax",
    "stride and paddng": "stride and padding",
    "xyzzy": None,
    "recep": None,
    "stride": None,
}

_PROGRAM = """
import { find, makeIndex, meant, snippet } from "./search/ranking.js";
function output({ sections, questions }) {
  const index = makeIndex(sections);
  return questions.map((question) => {
    const hits = find(index, question);
    const best = hits.slice(0, 5).map((hit) => [hit.section.url, snippet(hit)]);
    return { hits: best, meant: meant(index, question, hits) };
  });
}
"""


def sections():
    text = (SITE / "_static/search-sections.js").read_text("utf-8")
    return javascript.run("function output(text) { (0, eval)(text); return globalThis.bookSections }", text)


@pytest.fixture(scope="module")
def answers():
    """For each question its five best hits, address and excerpt, and what it may have meant."""
    questions = [*FIRST_HITS, *MEANT]
    return dict(zip(questions, javascript.run(_PROGRAM, {"sections": sections(), "questions": questions}), strict=True))


@pytest.fixture(scope="module")
def hits(answers):
    """The five best hits for each question: address and excerpt."""
    return {question: answer["hits"] for question, answer in answers.items()}


@pytest.mark.parametrize("question", FIRST_HITS)
def test_a_question_leads_to_its_section(hits, question):
    assert hits[question][0][0] == f"book/{FIRST_HITS[question]}"


def test_every_word_of_the_glossary_leads_to_the_section_that_teaches_it_and_says_what_it_means():
    page = checks.parse(SITE / "book/notation.html")
    taught = {
        term.contents[0].strip().replace("\xa0", " "): f"book/{term.find_next_sibling('dd').a['href']}"
        for term in page.select("dl.glossary > dt")
    }
    del taught["±"]  # nobody types it
    found = javascript.run(_PROGRAM, {"sections": sections(), "questions": list(taught)})
    for (word, section), [(address, parts), *_] in zip(taught.items(), (one["hits"] for one in found), strict=True):
        assert address in (section, section.partition("#")[0]), word
        assert "".join(parts).lower().replace("-", "").startswith(f"{word}: ".lower().replace("-", "")), word


@pytest.mark.parametrize("question", MEANT)
def test_a_misspelt_word_is_asked_back(answers, question):
    assert answers[question].get("meant") == MEANT[question]


def test_excerpts_are_cut_between_words(hits):
    texts = {}
    for section in sections():
        meanings = [f"{name}: {meaning}" for *names, meaning in section.get("means", []) for name in names]
        texts[section["url"]] = f" {'  '.join([section.get('text') or section['code'], *meanings])} "
    for address, parts in (hit for question in hits.values() for hit in question):
        excerpt = "".join(parts)
        assert f" {excerpt.removeprefix('… ').removesuffix(' …').strip()} " in texts[address]
        assert len(excerpt) < 200


def test_all_words_of_a_question_are_marked_where_they_stand_together(hits):
    marked = [[word.lower() for word in parts[1::2]] for _, parts in hits["receptive field"]]
    assert all({"receptive", "field"} <= set(words) for words in marked[:2]), marked


def test_titles_of_exercises_and_links_read_as_on_the_page():
    texts = " ".join(section.get("text", "") for section in sections())
    assert "Exercise: Write convolve_1d. Write" in texts
    assert "Height and width follow the rule of Keep the size with padding, each on its own" in texts
    assert not re.search(r"\bfig-\w", texts)


def test_no_key_of_a_citation_and_no_frame_of_a_page_is_in_the_words_of_a_section():
    texts = " ".join(section.get("text", "") for section in sections())
    keys = re.findall(r"^@\w+\{(\w+\d),", (BOOK / "references.bib").read_text("utf-8"), re.M)
    assert len(keys) > 20
    assert [key for key in keys if key in texts] == []
    assert "You will learn" not in texts
    assert not re.search(r" [.,;:] ", texts)


def test_no_answer_of_a_question_and_nothing_for_teachers_is_found():
    pages = {section["url"].partition("#")[0] for section in sections()}
    assert "book/review/teachers.html" not in pages
    assert not any("Solution to" in section["title"] for section in sections())
    assert not any("quiz" in section.get("text", "") for section in sections())


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


def test_a_copy_of_the_book_on_disk_is_searched_too(open_tab):
    tab = open_tab((SITE / "book/intro.html").as_uri(), offline=True)
    tab.keyboard.press("Control+k")
    tab.keyboard.type("receptive field")
    first = tab.locator("#pst-search-dialog .search-hit").first
    expect(first).to_contain_text("Trace the receptive field")
    tab.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/arithmetic/receptive-field.html")
    assert tab.errors == []


def test_the_search_page_answers_its_address_and_says_when_nothing_is_found(visit):
    shown = visit("search.html?q=stride")
    expect(shown.tab.locator(".search-hit").first).to_be_visible()
    count = shown.tab.locator(".search-hit").count()
    assert count > 30, "all of them, not the first few"
    assert shown.tab.get_by_role("status").first.inner_text() == f"{count} sections."
    shown.tab.locator(".bd-search-container input").fill("xyzzy")
    status = shown.tab.get_by_role("status").first
    expect(status).to_contain_text("Nothing found")
    status.get_by_role("link", name="notation").click()
    shown.tab.wait_for_url("**/book/notation.html")
    assert shown.errors == []


def test_a_misspelt_word_is_offered_again_and_all_hits_have_a_page(visit):
    shown = visit("book/arithmetic/padding.html")
    shown.tab.keyboard.press("Control+k")
    shown.tab.keyboard.type("strde")
    dialog = shown.tab.locator("#pst-search-dialog")
    expect(dialog.locator(".search-status")).to_have_text("Nothing found for “strde”. Did you mean stride?")
    assert checks.accessibility_in_both_themes(shown.tab, "#pst-search-dialog") == []
    shown.tab.keyboard.press("Tab")
    shown.tab.keyboard.press("Enter")
    shown.tab.wait_for_url("**/search.html?q=stride")
    expect(shown.tab.locator(".search-hit").first).to_contain_text("stride: The number of cells")
    shown.tab.goto("book/intro.html")
    shown.tab.keyboard.press("Control+k")
    shown.tab.keyboard.type("3×3 & more")
    dialog.get_by_role("link", name=re.compile(r"^all \d+ sections$")).click()
    shown.tab.wait_for_url("**/search.html?q=3*")
    expect(shown.tab.locator(".bd-search-container input")).to_have_value("3×3 & more")
    expect(shown.tab.locator(".search-hit").nth(30)).to_be_visible()
    assert shown.errors == []

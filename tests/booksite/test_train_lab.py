"""The lab of training in a real browser, from disk: the recorded training, and trainings on shapes."""

import re

import numpy as np
import pytest
import test_labs
from built import SITE
from playwright.sync_api import expect
from test_labs import LabOnPage, open_lab  # noqa: F401

from booksite.lab import training_images
from cnnbook import data, experiments, records

HISTORY = records.load(experiments.SIMPLE_CNN, 0).history
SHAPES = {"images": "shapes", "batch_size": 64}


def steps(lab):
    return lab.data("result")["step"]


def wait_for(lab, condition):
    """Wait until the result, `r`, fulfils a condition."""
    figure = "JSON.parse(document.querySelector('figure[data-lab=train]').dataset.result)"
    lab.tab.wait_for_function(f"() => {{ const r = {figure}; return {condition}; }}", timeout=60_000)


def loaded(lab, name):
    return lab.tab.evaluate("name => [...document.scripts].some(({ src }) => src.includes(name))", name)


# --- the recorded training -------------------------------------------------------------------------------------------


def test_the_recorded_training_is_gone_through_by_keys_after_its_weights_were_asked_for(open_lab):  # noqa: F811
    lab = open_lab("train")
    assert not any(loaded(lab, name) for name in ("epochs-", "training-", "later"))
    written = set(lab.stage.locator("svg").first.locator("text").all_text_contents())
    assert {"training", "validation", "accuracy", "80\xa0%", "40\xa0%", "0\xa0%", "loss", "3", "0", "epoch"} <= written
    before = lab.stage.inner_html()
    lab.stage.focus()
    lab.tab.keyboard.press("ArrowLeft")
    wait_for(lab, "r.epoch === 9")
    assert lab.data("result")["accuracy"] == HISTORY["val_accuracy"][8]
    assert lab.stage.inner_html() != before
    assert loaded(lab, "epochs-simple-cnn")
    lab.tab.keyboard.press("Home")
    assert lab.data("result") == {"epoch": 0, "step": 0, "loss": None, "accuracy": None, "images_per_second": None}
    assert "guesses: 9.9\xa0%" in lab.figure.locator(".lab-sum").inner_text()
    lab.tab.keyboard.press("]")
    expect(lab.stage).to_contain_text("image 12, automobile")
    lab.click("start")
    wait_for(lab, "r.epoch === 2")
    lab.tab.keyboard.press(" ")
    expect(lab.figure.locator("button[data-action=start]")).to_be_visible()
    epoch = lab.data("result")["epoch"]
    lab.tab.wait_for_timeout(700)
    assert lab.data("result")["epoch"] == epoch
    lab.click("start")
    lab.stage.focus()
    lab.tab.keyboard.press("End")  # while it plays
    expect(lab.figure.locator("button[data-action=start]")).to_be_visible()
    expect(lab.figure.locator("[role=alert]")).to_have_count(0)
    assert lab.data("result")["epoch"] == 10
    lab.tab.keyboard.press("Home")
    lab.tab.keyboard.press("r")
    assert lab.data("state")["epoch"] == 10
    assert not any(loaded(lab, name) for name in ("training-", "later"))
    assert lab.tab.errors == []


def test_the_line_of_the_epoch_is_dragged(open_lab):  # noqa: F811
    lab = open_lab("train", {"mode": "recorded", "epoch": 9}, width=390, has_touch=True)
    wait_for(lab, "r.epoch === 9")
    lab.stage.evaluate("stage => stage.scrollIntoView({ block: 'center' })")
    box = lab.stage.locator("[data-cell=curves]").bounding_box()
    x, y = box["x"] + box["width"] - 10, box["y"] + box["height"] / 2
    lab.tab.mouse.move(x, y)
    lab.tab.mouse.down()
    lab.tab.mouse.move(box["x"] + box["width"] / 2, y, steps=3)
    assert lab.data("result")["epoch"] == 5
    lab.tab.mouse.move(0, y)
    lab.tab.mouse.up()
    assert lab.data("result")["epoch"] == 0


def test_confusions_are_those_of_the_epoch(open_lab):  # noqa: F811
    lab = open_lab("train")
    lab.figure.locator("summary").click()
    table = lab.figure.locator("details svg")
    confusion = records.load(experiments.SIMPLE_CNN, 0, with_epochs=True).epochs["confusion"]
    expect(table).to_contain_text(str(confusion[10][0, 0]))
    lab.click("forward", -1)
    expect(table).to_contain_text("after epoch 9")
    expect(table).to_contain_text(str(confusion[9][0, 0]))


# --- training --------------------------------------------------------------------------------------------------------


def test_a_network_is_trained_paused_and_begun_again_from_the_same_weights(open_lab):  # noqa: F811
    lab = open_lab("train", SHAPES)
    lab.stage.focus()
    lab.tab.keyboard.press("ArrowRight")
    wait_for(lab, "r.step === 1")
    first = lab.data("result")
    lab.click("step")
    wait_for(lab, "r.step === 2")
    assert lab.data("result")["loss"] != first["loss"]
    lab.click("otherSeed", 1)
    expect(lab.figure.locator(".lab-readout")).to_contain_text("Nothing is trained yet")
    lab.figure.locator("button[data-action=again]").click()
    assert lab.said() == ["Nothing is trained yet: Start begins."]
    assert lab.figure.locator("button[data-action=start]").is_visible()
    lab.click("otherSeed", -1)
    lab.click("step")
    wait_for(lab, "r.step === 1")
    assert lab.data("result")["loss"] == first["loss"]
    lab.click("start")
    wait_for(lab, "r.epoch >= 1")
    lab.tab.keyboard.press("Tab")  # elsewhere
    lab.stage.focus()
    lab.tab.keyboard.press(" ")
    expect(lab.figure.locator("button[data-action=start]")).to_be_visible()
    lab.tab.wait_for_timeout(400)
    stopped = steps(lab)
    lab.tab.wait_for_timeout(400)
    assert steps(lab) == stopped
    assert lab.data("result")["test_accuracy"] > 0.1
    assert lab.data("result")["images_per_second"] > 0
    lab.click("again")
    wait_for(lab, f"r.step > 0 && r.step < {stopped}")
    expect(lab.stage).to_contain_text("before")
    lab.click("step")  # while it trains
    expect(lab.figure.locator("button[data-action=start]")).to_be_visible()
    lab.tab.wait_for_timeout(400)
    stopped = steps(lab)
    lab.tab.wait_for_timeout(400)
    assert steps(lab) == stopped
    lab.click("reset")
    assert lab.data("state")["mode"] == "recorded"
    lab.tab.wait_for_timeout(400)
    assert lab.data("result")["epoch"] == 10
    lab.click("mode", "train")
    expect(lab.figure.locator(".lab-readout")).to_contain_text("Nothing is trained yet")
    assert lab.tab.errors == []
    assert not loaded(lab, "training-images")


def test_a_hidden_page_computes_nothing(open_lab):  # noqa: F811
    lab = open_lab("train", SHAPES)
    lab.click("start")
    wait_for(lab, "r.step > 0")
    hide = """() => {
      Object.defineProperty(document, "hidden", { get: () => true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    lab.tab.evaluate(hide)
    lab.tab.wait_for_timeout(400)
    stopped = steps(lab)
    lab.tab.wait_for_timeout(400)
    assert steps(lab) == stopped


def test_a_change_is_predicted_and_compared_with_the_run_before(open_lab):  # noqa: F811
    lab = open_lab("train", SHAPES | {"filters": 4})
    lab.click("start")
    wait_for(lab, "r.epoch >= 1")
    filters = lab.figure.locator("[data-action=filters][data-value='16']")
    place = "button => button.getBoundingClientRect().top - button.closest('.lab-controls').getBoundingClientRect().top"
    before = filters.evaluate(place)
    filters.press("Enter")
    assert lab.data("result")["step"] == 0
    assert filters.evaluate(place) == before
    expect(filters).to_be_focused()
    asks = lab.figure.locator(".train-asks")
    expect(asks).to_contain_text("filters 4 → 16")
    lab.click("guess", "lower")
    expect(asks.locator("[aria-pressed=true]")).to_have_text("lower")
    lab.click("start")
    wait_for(lab, "r.epoch >= 1")
    lab.click("pause")
    expect(lab.figure.locator(".lab-readout")).to_contain_text("predicted")
    expect(lab.figure.locator(".lab-readout")).to_contain_text("after 1 epoch it is")
    expect(asks).to_have_count(0)


def test_rates_that_no_training_survives_are_said(open_lab):  # noqa: F811
    lab = open_lab("train", SHAPES)
    for text, words in (
        ("1000", "use a number from 0.00001 to 1"),
        ("x", "“x”, which is not a number"),
        ("1 2", "has 2"),
        ("0,01", "type one, with a decimal point, such as 0.01"),
        ("1.0000001", "is 1.0000001; use"),
        ("", "is empty; type a number from"),
    ):
        lab.type("learning_rate", text)
        assert words in lab.said()[0]
        assert lab.data("state")["learning_rate"] == 0.01
        assert lab.figure.locator("[aria-invalid]").input_value() == text
        lab.tab.set_viewport_size({"width": 320, "height": 800})
        assert lab.tab.evaluate("document.documentElement.scrollWidth") <= 320
    lab.type("learning_rate", "1")
    assert lab.said() == []
    lab.click("start")
    expect(lab.figure.locator(".lab-readout")).to_contain_text("Training diverges at step", timeout=30_000)
    expect(lab.figure.locator("button[data-action=start]")).to_be_visible()
    assert 0 < lab.data("result")["loss"] < 20


@pytest.fixture(scope="module")
def stand_ins():
    """The scripts of a build with CIFAR-10, with the sample's images over and over."""
    images, labels, _ = data.sample()
    rows = np.resize(np.arange(100), 10_500)
    return [
        training_images.script(training_images.by_turns(images[rows], labels[rows], first, count))
        for first, count in ((0, 2500), (2500, 8000))
    ]


@pytest.fixture
def with_images(tmp_path, monkeypatch, stand_ins):
    """The lab's page as a build with CIFAR-10 makes it, wherever this site was built."""
    for path in [*SITE.iterdir(), *(SITE / "_static").iterdir()]:
        link = tmp_path / path.relative_to(SITE)
        if path.name != "_static" and not path.name.startswith("training-images"):
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(path)
    (tmp_path / "book").unlink()
    page = SITE / test_labs.PAGES["train"]
    copy = tmp_path / page.relative_to(SITE)
    copy.parent.mkdir(parents=True)
    text, count = re.subn(
        r"&quot;training&quot;: ?\[[^]]*\]", "&quot;training&quot;:[2000,10000]", page.read_text("utf-8")
    )
    assert count == 1
    copy.write_text(text, "utf-8")
    for number, script in enumerate(stand_ins):
        (tmp_path / f"_static/training-images-{number}.js").write_text(script, "utf-8")
    monkeypatch.setattr(test_labs, "SITE", tmp_path)


def test_more_photographs_come_when_they_are_asked_for(with_images, open_lab):  # noqa: F811
    lab = open_lab("train", {"images": "cifar", "batch_size": 128})
    lab.click("step")
    wait_for(lab, "r.step === 1")
    assert loaded(lab, "training-images-0")
    assert not loaded(lab, "training-images-1")
    assert "on 2,000 images" in lab.stage.inner_text()
    lab.click("count", 10_000)
    lab.click("step")
    wait_for(lab, "r.step === 1")
    assert loaded(lab, "training-images-1")
    assert "on 10,000 images" in lab.stage.inner_text()
    assert lab.tab.errors == []


@pytest.mark.parametrize("images", ["shapes", "cifar"])
def test_what_cannot_be_loaded_is_said_and_can_be_asked_for_again(images, with_images, open_lab):  # noqa: F811
    lab = open_lab("train", {"images": images})
    root = lab.tab.evaluate("document.documentElement.dataset.content_root")
    set_root = "root => { document.documentElement.dataset.content_root = root; }"
    if images == "cifar":  # the engine comes, the images do not
        lab.click("images", "shapes")
        lab.click("step")
        wait_for(lab, "r.step === 1")
        lab.click("images", "cifar")
    lab.tab.evaluate(set_root, "nowhere/")
    lab.click("start")
    readout = lab.figure.locator(".lab-readout")
    expect(readout).to_contain_text("could not be loaded: check the connection")
    expect(readout).to_contain_text("The images to train on" if images == "cifar" else "The engine")
    assert lab.data("result")["step"] == 0
    lab.tab.evaluate(set_root, root)
    lab.tab.errors.clear()
    lab.click("step")
    wait_for(lab, "r.step === 1")
    assert lab.tab.errors == []

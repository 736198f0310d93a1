"""The page that `cnnbook.explorer` writes, in a real browser: it computes what Keras computes, and asks nobody."""

import json
import re
import sys

import checks
import keras
import numpy as np
import pytest
from built import ROOT
from playwright.sync_api import expect
from test_network_page import CAMERA, open_fold, readout, state

sys.path.append(str(ROOT / "tests"))
from test_labs import LabOnPage

from cnnbook import explorer, models
from test_explorer import draw_images, grey


@pytest.fixture
def explore(open_tab, tmp_path):
    def open_page(*contents, theme="light", **options):
        file = tmp_path / "page.html"
        file.write_text(explorer.write(*contents, **options), "utf-8")
        tab = open_tab(file.as_uri(), theme=theme)
        tab.wait_for_selector('figure[data-lab="network"][data-live]')
        return LabOnPage(tab, "network")

    return open_page


def test_a_model_of_grey_images_is_looked_into(explore):
    model, images, labels = grey(), draw_images(25, 28, 28), [i % 4 for i in range(25)]
    softmax = keras.ops.softmax(model.predict(images[..., None] / 255, verbose=0))
    lab = explore(
        model, images, labels, classes=["a", "<img src=x onerror=console.error(1)>", "<!-- &", "d"], divide=255
    )
    assert lab.data("result")["probabilities"] == pytest.approx(np.array(softmax[0]), abs=1e-4)
    assert "ReLU →" in readout(lab)
    lab.stage.focus()
    lab.tab.keyboard.press("[")
    state(lab, image=24)
    assert lab.data("result")["probabilities"] == pytest.approx(np.array(softmax[24]), abs=1e-4)
    lab.figure.locator("select").select_option("active")
    state(lab, layer="active")
    assert "108" not in readout(lab)
    assert "72 products" in readout(lab)
    lab.click("tool", "cam")
    state(lab, cam="predicted", layer="active")
    lab.click("tool", "cover")
    state(lab, cover=[10, 10])
    open_fold(lab, "Break it")
    lab.click("breaking", "flip")
    assert "How many of the 25 images will be right" in lab.figure.locator(".network-break").inner_text()
    lab.click("guess", "same")
    state(lab, breaks=[{"kind": "flip", "way": "left to right"}])
    right = int((np.array(softmax).argmax(axis=1) == labels).sum())
    expect(lab.figure.locator(".network-break [role=status]")).to_contain_text("of the 25 images")
    assert lab.figure.locator(".network-break [role=status]").inner_text().endswith(f" {right} were before.")
    assert [address for address in lab.tab.addresses if not address.startswith(("file:", "data:", "blob:"))] == []
    assert lab.tab.errors == []


def test_a_residual_model_of_colour_images_shows_the_books_sample(explore):
    keras.utils.set_random_seed(0)
    model = models.deeper_cnn(filters=(4, 8), convolutions=(1, 2), batch_norm=True, residual=True)
    lab = explore(model)
    assert json.dumps(lab.data("state")).count("deeper_cnn") == 1
    lab.figure.locator("select").select_option("add2")
    state(lab, layer="add2")
    open_fold(lab, "Break it")
    lab.click("breaking", "shortcut")
    lab.click("guess", "same")
    state(lab, breaks=[{"kind": "shortcut"}])
    assert lab.tab.errors == []


def test_what_computes_and_looks_ends_with_the_widget(open_tab, tmp_path):
    page = explorer.write(grey(), draw_images(2, 28, 28), divide=255)
    page, renders = re.subn(r"(\w+\.render\(\{ model)", r"globalThis.rendered = \1", page)
    assert renders == 1
    page = re.sub(r"'sha256-[^']*'", "'unsafe-inline'", page)  # its policy knows the script as it was
    (tmp_path / "page.html").write_text(page, "utf-8")
    tab = open_tab((tmp_path / "page.html").as_uri(), script=CAMERA)
    tab.wait_for_selector('figure[data-lab="network"][data-live]')
    lab = LabOnPage(tab, "network")
    open_fold(lab, "Your own image")
    lab.click("camera")
    state(lab, image="own 1")
    assert len(tab.workers) == 1
    tab.evaluate("rendered.then((end) => end())")
    tab.wait_for_function("window.stopped === 1")
    for _ in range(50):
        tab.wait_for_timeout(100)
        if not tab.workers:
            break
    tab.wait_for_timeout(300)
    assert tab.workers == []
    assert tab.errors == []


def test_images_without_labels_are_not_counted(explore):
    lab = explore(grey(), draw_images(2, 28, 28), divide=255)
    open_fold(lab, "Break it")
    assert "no labels" in lab.figure.inner_text()
    assert lab.figure.locator(".network-break").count() == 0


OUTSIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
  .filter((node) => node.getBoundingClientRect().right > innerWidth && !node.parentNode.closest(".lab-stage"))
  .map((node) => node.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_read_in_both_themes_and_fits_a_phone(theme, explore):
    lab = explore(grey(), draw_images(2, 28, 28), divide=255, theme=theme)
    open_fold(lab, "Your own image")
    assert checks.accessibility(lab.tab, "figure") == []
    for width in (390, 320):
        lab.tab.set_viewport_size({"width": width, "height": 800})
        assert lab.tab.evaluate(OUTSIDE) == []


#: Numbers that a cell does not hold.
WIDER = """() => [...document.querySelectorAll(".lab-stage svg:last-child g text")].map((text) => text.textContent)
  .filter((text) => text.length > 5)"""
CUT = """() => [...document.querySelectorAll("[data-cell^=class] text")].filter((text) => text.getBBox().x < -2)
  .map((text) => text.textContent)"""


def test_numbers_stay_in_their_cells_and_long_names_in_their_place(explore):
    lab = explore(grey(), draw_images(2, 28, 28), classes=["photographs of steam engines", "b", "c", "d"])
    assert lab.tab.evaluate(CUT) == []
    assert lab.tab.evaluate(WIDER) == []
    lab.figure.locator("select").select_option("second")
    state(lab, layer="second")
    assert lab.tab.evaluate(WIDER) == []

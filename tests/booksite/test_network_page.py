"""The lab that looks into networks in a real browser: by mouse, touch and keyboard, from disk."""

import io

import numpy as np
import pytest
from built import SITE
from PIL import Image
from playwright.sync_api import expect
from test_labs import open_lab  # noqa: F401

from cnnbook import data, experiments

IMAGES = data.sample().images
FIRST = {"network": "simple-cnn", "image": 11, "layer": "relu", "map": 12, "breaks": []}
DEEPER = {"network": "deeper-5", "image": 30}


@pytest.fixture
def lab(open_lab):  # noqa: F811
    return open_lab("network")


@pytest.fixture(scope="module")
def probabilities():
    """What Keras says of some images, for a network."""
    return lambda name, images: experiments.trained_model(name).predict(np.asarray(images), verbose=0)


def state(lab, **expected):
    """Wait until the lab shows a state, which may have to be computed, and give it."""
    is_shown = """([kind, wanted]) => {
      const shown = JSON.parse(document.querySelector(`figure[data-lab="${kind}"]`).dataset.state);
      const text = (value) => JSON.stringify(value ?? null);
      return Object.entries(wanted).every(([name, value]) => text(shown[name]) === text(value));
    }"""
    lab.tab.wait_for_function(is_shown, arg=["network", expected])
    return lab.data("state")


def readout(lab):
    return lab.figure.locator(".lab-readout").inner_text()


def open_fold(lab, words):
    lab.figure.locator("summary", has_text=words).click()


def spot(lab, cell, x, y):
    """Where on the page a place of a picture lies, from 0 to 1."""
    box = lab.stage.locator(f'[data-cell="{cell}"]').bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def in_the_middle(lab):
    lab.stage.evaluate("stage => stage.scrollIntoView({ block: 'center' })")


def test_nothing_is_loaded_before_a_reader_does_something(lab):
    loaded = lambda: {address.split("/")[-1] for address in lab.tab.addresses}  # noqa: E731
    later = {"network-simple-cnn.js", "network-deeper-5.js", "lab-network-later.js", "lab-engine.js"}
    lab.stage.focus()
    lab.tab.keyboard.press("ArrowRight")
    lab.tab.keyboard.press(".")
    assert state(lab, map=13)
    assert not later & loaded()
    lab.tab.keyboard.press(">")
    state(lab, layer="pool")
    assert later & loaded() == later - {"network-deeper-5.js"}
    assert lab.tab.errors == []


#: Keys on the stage, what the state then has, and words of the readout.
WALK = (
    ("ArrowDown", {}, "map 12, cell (17, 16): 27 products"),
    ("Home", {}, "cell (17, 0)"),
    ("End", {}, "cell (17, 31)"),
    ("c", {}, "adds"),
    (",", {"map": 11}, "map 11, cell (17, 31)"),
    ("]", {"image": 12}, "It says"),
    ("[", {"image": 11}, "It says automobile 0.92"),
    (">", {"layer": "pool"}, "map 11, cell (8, 15): the largest of"),
    ("<", {"layer": "relu"}, "cell (16, 30)"),
    ("<", {"layer": "conv"}, "cell (16, 30)"),
    (" ", {"cover": [12, 12]}, "Covered, automobile goes from 0.92 to"),
    ("ArrowLeft", {"cover": [12, 11]}, "Covered"),
    (" ", {"cam": "predicted"}, "marks where conv speaks for automobile"),
    (" ", {"cam": None}, "It says automobile 0.92"),
    ("r", FIRST, "It says automobile 0.92"),
)


def test_it_is_walked_through_by_keys(lab):
    lab.stage.focus()
    for key, expected, words in WALK:
        lab.tab.keyboard.press(key)
        wanted = {name: value for name, value in expected.items() if value is not None}
        state(lab, **wanted)
        expect(lab.figure.locator(".lab-readout")).to_contain_text(words)
        expect(lab.stage).to_be_focused()
    assert lab.data("state") == FIRST
    lab.tab.keyboard.press("Escape")
    expect(lab.stage).not_to_be_focused()
    assert lab.tab.errors == []


def test_a_finger_chooses_a_map_a_cell_and_a_channel(open_lab):  # noqa: F811
    lab = open_lab("network", width=390, has_touch=True)
    in_the_middle(lab)
    lab.tab.touchscreen.tap(*spot(lab, "sheet", 2.5 / 8, 1.5 / 4))
    state(lab, map=10)
    lab.tab.touchscreen.tap(*spot(lab, "map", 20.5 / 32, 3.5 / 32))
    assert "map 10, cell (3, 20)" in readout(lab)
    lab.tab.touchscreen.tap(*spot(lab, "image", 5.5 / 32, 30.5 / 32))
    assert "map 10, cell (30, 5)" in readout(lab)
    lab.tab.touchscreen.tap(*spot(lab, "slice", 0.5, 0.5))
    assert "green adds" in readout(lab)
    expect(lab.stage.locator("svg").last).to_contain_text("green")


def test_layers_and_networks_are_chosen_and_the_address_opens_them(lab, probabilities):
    lab.figure.locator("select").select_option("scores")
    state(lab, layer="scores")
    assert "8,192 products" in readout(lab)
    lab.click("network", "deeper-5")
    state(lab, network="deeper-5", layer="relu1_1")
    assert lab.data("result")["probabilities"] == pytest.approx(probabilities("deeper-5", IMAGES[11:12])[0], abs=1e-4)
    lab.figure.locator("select").select_option("relu4_2")
    shown = state(lab, layer="relu4_2")
    assert "batch normalisation →" in readout(lab)
    lab.tab.goto(lab.address())
    lab.tab.wait_for_selector('figure[data-lab="network"][data-live]')
    assert state(lab, **shown)
    assert lab.tab.errors == []


def test_a_cover_is_dragged_and_the_bars_keep_the_old_values(open_lab, probabilities):  # noqa: F811
    lab = open_lab("network", DEEPER)
    state(lab, **DEEPER)
    lab.click("tool", "cover")
    state(lab, cover=[12, 12])
    in_the_middle(lab)
    lab.tab.mouse.move(*spot(lab, "image", 0.5, 0.5))
    lab.tab.mouse.down()
    lab.tab.mouse.move(*spot(lab, "image", 8.5 / 32, 20.5 / 32), steps=5)
    lab.tab.mouse.up()
    state(lab, cover=[16, 4])
    covered = IMAGES[30].copy()
    covered[16:24, 4:12] = covered.mean(axis=(0, 1))
    before, after = probabilities("deeper-5", [IMAGES[30], covered])
    assert lab.data("result")["probabilities"] == pytest.approx(after, abs=1e-4)
    ticks = lab.stage.locator('[data-cell^="class"] line')
    assert [float(tick.get_attribute("x1")) for tick in ticks.all()] == pytest.approx(70 + 62 * before, abs=0.05)


#: A worker that takes its time.
SLOW = """
window.Worker = class extends Worker {
  postMessage(message) { setTimeout(() => super.postMessage(message), window.delay ?? 0); }
};
"""


def test_a_cover_and_a_drawing_are_seen_before_they_are_computed_and_no_move_is_lost(open_lab):  # noqa: F811
    lab = open_lab("network", script=SLOW)
    lab.click("tool", "cover")
    state(lab, cover=[12, 12])
    lab.tab.evaluate("window.delay = 700")
    lab.stage.focus()
    for _ in range(4):
        lab.tab.keyboard.press("ArrowLeft")
    assert "translate(38px, 76px)" in lab.stage.locator("[data-name=cover]").evaluate("frame => frame.style.transform")
    assert lab.data("state")["cover"] == [12, 12]
    assert lab.figure.locator(".lab-body[aria-busy]").count() == 1
    state(lab, cover=[12, 8])
    assert lab.figure.locator(".lab-body[aria-busy]").count() == 0
    lab.tab.keyboard.press("ArrowUp")
    lab.tab.keyboard.press("r")
    state(lab, cover=None)
    lab.tab.wait_for_timeout(1600)  # in which the move would arrive
    assert lab.data("state") == FIRST
    open_fold(lab, "Your own image")
    lab.click("draw")
    state(lab, image="drawing")
    in_the_middle(lab)
    for column in (4.5, 20.5):
        lab.tab.mouse.move(*spot(lab, "image", column / 32, 6.5 / 32))
        lab.tab.mouse.down()
        lab.tab.mouse.move(*spot(lab, "image", (column + 3) / 32, 6.5 / 32), steps=2)
        lab.tab.mouse.up()
    row = "0" * 4 + "1" * 4 + "0" * 12 + "1" * 4 + "0" * 8
    state(lab, drawing=["0" * 32] * 6 + [row] + ["0" * 32] * 25)
    assert lab.tab.errors == []


def test_grad_cam_outlines_a_class_that_is_chosen_among_the_bars(open_lab):  # noqa: F811
    lab = open_lab("network", {**DEEPER, "layer": "relu3_2"})
    state(lab, network="deeper-5", layer="relu3_2")
    lab.click("tool", "cam")
    state(lab, cam="predicted", layer="add3")
    outline = lab.stage.locator("[data-name=heat]")
    before = outline.get_attribute("d")
    lab.stage.locator('[data-cell="class 7"]').click()
    state(lab, cam=7)
    assert outline.get_attribute("d") != before
    assert "speaks for horse" in readout(lab)
    lab.tab.keyboard.press("3")
    state(lab, cam=3)
    lab.figure.locator("select").select_option("conv3_2")
    expect(lab.figure.locator(".lab-message")).to_contain_text("A shortcut leads past the layer conv3_2")
    assert lab.data("state")["layer"] == lab.figure.locator("select").input_value() == "add3"


def test_images_that_excite_a_map_are_shown_and_can_be_opened(lab):
    lab.click("excite")
    shown = lab.stage.locator('[data-cell^="excites"]')
    expect(shown).to_have_count(6)
    chosen = int(shown.first.get_attribute("data-cell").split()[1])
    shown.first.click()
    state(lab, image=chosen)
    lab.click("map", 1)
    state(lab, map=13)
    expect(shown).to_have_count(0)


def picture(size, form="png"):
    """A file with an image: red on the left, blue on the right, and black on the left of the square in its middle."""
    image = Image.new("RGB", size, "blue")
    side = min(size)
    left = (size[0] - side) // 2
    image.paste("black", (0, 0, left, size[1]))
    image.paste("red", (left, 0, size[0] // 2, size[1]))
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()


def give(lab, name, content):
    kind = "image/svg+xml" if name.endswith(".svg") else "image/png"
    lab.figure.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": content})


#: A page inside of a drawing: a browser shows it, and does not let a script read its pixels.
PAGE_IN_SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><foreignObject width="64" height="64">
<p xmlns="http://www.w3.org/1999/xhtml">words</p></foreignObject></svg>"""


def test_an_image_of_the_readers_is_cut_and_scaled_and_stays_here(lab, probabilities):
    open_fold(lab, "Your own image")
    assert "It stays here: nothing is sent" in lab.figure.inner_text()
    give(lab, "two.png", picture((160, 64)))
    assert state(lab, image="own 1")["image"] == "own 1"
    halves = np.zeros((1, 32, 32, 3), "uint8")
    halves[:, :, :16, 0], halves[:, :, 16:, 2] = 255, 255
    assert lab.data("result")["probabilities"] == pytest.approx(probabilities("simple-cnn", halves)[0], abs=1e-3)
    lab.click("share")
    assert lab.said() == ["Your image stays here, so that a link cannot show it."]
    lab.tab.wait_for_timeout(400)  # in which the address would change
    lab.tab.reload()
    lab.tab.wait_for_selector('figure[data-lab="network"][data-live]')
    assert lab.data("state") == FIRST
    assert lab.said() == []


def test_a_link_to_an_image_of_somebody_elses_is_refused(open_lab):  # noqa: F811
    lab = open_lab("network", {"network": "simple-cnn", "image": "own 1"})
    expect(lab.figure.locator(".lab-message")).to_contain_text("an image that stays on its reader’s machine")
    assert lab.data("state") == FIRST


def test_what_is_no_image_or_too_large_is_refused_beside_the_field(lab):
    open_fold(lab, "Your own image")
    file = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(file, "png")
    for name, content, words in (
        ("notes.txt", b"no image", "“notes.txt” (0.0 MB) is not an image that this browser can read"),
        ("page.svg", PAGE_IN_SVG, "“page.svg” (0.0 MB) is not an image that this browser can read"),
        ("large.png", file.getvalue(), "“large.png” has 100 million pixels; up to 50 million fit."),
    ):
        give(lab, name, content)
        message = lab.figure.locator(".lab-field .lab-message")
        expect(message).to_contain_text(words)
        assert lab.figure.locator("input[aria-invalid]").count() == 1
        assert lab.data("state") == FIRST
    give(lab, "good.jpg", picture((64, 64), "jpeg"))
    state(lab, image="own 1")
    assert lab.said() == []


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_an_image_is_pasted_or_dropped(event, lab):
    give_files = """([event, bytes]) => {
      const files = new DataTransfer();
      files.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
      const options = { bubbles: true, cancelable: true };
      const sent = event === "paste" ? new ClipboardEvent(event, { ...options, clipboardData: files })
        : new DragEvent(event, { ...options, dataTransfer: files });
      document.querySelector("figure[data-lab=network] .lab-stage").dispatchEvent(sent);
    }"""
    lab.tab.evaluate(give_files, [event, list(picture((40, 40)))])
    state(lab, image="own 1")


def test_an_image_of_the_sample_is_chosen_by_number(lab):
    open_fold(lab, "Your own image")
    lab.type("image", "57")
    state(lab, image=57)
    lab.type("image", "157")
    expect(lab.figure.locator(".lab-message")).to_have_text("The image is 157; use a whole number from 0 to 99.")
    assert lab.data("state")["image"] == 57


#: A camera that shows a red picture, and counts how often it was stopped.
CAMERA = """
window.stopped = 0;
Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia: async () => {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const draw = () => { context.fillStyle = "red"; context.fillRect(0, 0, 300, 150); };
  draw();
  setInterval(draw, 30);
  const stream = canvas.captureStream();
  const [track] = stream.getTracks();
  const stop = track.stop.bind(track);
  track.stop = () => { window.stopped += 1; stop(); };
  return stream;
} } });
"""


def test_the_camera_is_watched_until_the_reader_keeps_a_picture(open_lab, probabilities):  # noqa: F811
    lab = open_lab("network", script=CAMERA)
    open_fold(lab, "Your own image")
    lab.click("camera")
    state(lab, image="own 2")  # it goes on
    lab.figure.locator("button", has_text="Keep this picture").click()
    expect(lab.figure.locator("button", has_text="Camera")).to_be_visible()
    assert lab.tab.evaluate("window.stopped") == 1
    red = np.zeros((1, 32, 32, 3), "uint8")
    red[..., 0] = 255
    assert lab.data("result")["probabilities"] == pytest.approx(probabilities("simple-cnn", red)[0], abs=0.02)
    kept = lab.data("state")
    lab.tab.wait_for_timeout(500)
    assert lab.data("state") == kept


def test_without_a_camera_it_is_said(open_lab):  # noqa: F811
    lab = open_lab("network", script="Object.defineProperty(navigator, 'mediaDevices', { value: undefined });")
    open_fold(lab, "Your own image")
    lab.click("camera")
    expect(lab.figure.locator(".lab-message")).to_contain_text("There is no camera here")
    assert lab.data("state") == FIRST


def test_a_drawing_is_made_by_pointer_and_by_keys(lab):
    open_fold(lab, "Your own image")
    expect(lab.figure.locator("button[data-action=clear]")).to_have_css("border-style", "dashed")
    lab.click("draw")
    state(lab, image="drawing")
    expect(lab.figure.locator("button[data-action=clear]")).to_have_css("border-style", "solid")
    in_the_middle(lab)
    lab.tab.mouse.move(*spot(lab, "image", 4.5 / 32, 6.5 / 32))
    lab.tab.mouse.down()
    lab.tab.mouse.move(*spot(lab, "image", 10.5 / 32, 6.5 / 32), steps=3)
    lab.tab.mouse.up()
    row = "0" * 4 + "1" * 7 + "0" * 21
    state(lab, drawing=["0" * 32] * 6 + [row] + ["0" * 32] * 25)
    lab.tab.keyboard.press("d")
    lab.tab.wait_for_function("""() => {
      const { drawing } = JSON.parse(document.querySelector("figure[data-lab=network]").dataset.state);
      return drawing.join("").replaceAll("0", "").length === 8;
    }""")
    lab.click("clear")
    state(lab, drawing=["0" * 32] * 32)
    lab.click("draw")
    state(lab, image=11)


def test_a_break_asks_first_and_tells_what_became_of_the_hundred_images(lab, probabilities):
    open_fold(lab, "Break it")
    lab.click("open")
    lab.click("breaking", "flip")
    lab.click("way", "upside down")
    link = lab.figure.locator(".network-break a")
    assert (SITE / "book/experiments" / link.get_attribute("href").split("#")[0]).resolve().is_file()
    assert lab.data("state")["breaks"] == []  # not before the guess
    lab.click("guess", "more")
    shown = state(lab, breaks=[{"kind": "flip", "way": "upside down"}])
    labels = data.sample().labels
    before, after = (
        int((probabilities("simple-cnn", images).argmax(axis=1) == labels).sum())
        for images in (IMAGES, IMAGES[:, ::-1])
    )
    said = lab.figure.locator(".network-break [role=status]")
    expect(said).to_have_text(f"✗ Not so: {after} of the 100 images are right now, {before} were before.")
    lab.click("breaking", "filter")
    assert f"Now {after} of the 100" in lab.figure.locator(".network-break").inner_text()
    lab.click("guess", "same")
    state(lab, breaks=[*shown["breaks"], {"kind": "filter", "layer": "conv", "map": 12}])
    assert f" {after} were before." in said.inner_text()
    lab.click("undo")
    state(lab, **shown)
    lab.click("repair")
    assert state(lab, breaks=[]) == FIRST


HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_hidden_tab_does_not_compute(lab):
    open_fold(lab, "Break it")
    lab.click("open")
    lab.tab.evaluate(HIDE, True)
    lab.click("guess", "same")
    lab.tab.wait_for_timeout(500)
    assert lab.data("state")["breaks"] == []
    lab.tab.evaluate(HIDE, False)
    state(lab, breaks=[{"kind": "filter", "layer": "conv", "map": 12}])


@pytest.mark.parametrize("change", ["reset", "network"])
def test_a_guess_that_is_counted_while_the_reader_goes_on_breaks_nothing(change, lab):
    open_fold(lab, "Break it")
    lab.click("open")
    lab.click("breaking", "flip")  # which both networks can have
    lab.tab.evaluate(HIDE, True)
    lab.click("guess", "same")
    if change == "reset":
        lab.click("reset")
        assert lab.figure.locator(".lab-body[aria-busy]").count() == 0
    else:
        lab.click("network", "deeper-5")
        state(lab, network="deeper-5")
    lab.tab.evaluate(HIDE, False)
    lab.tab.wait_for_timeout(800)  # in which it is counted
    assert lab.data("state")["breaks"] == []
    if change == "network":
        lab.click("network", "simple-cnn")
    expect(lab.figure.locator(".network-break")).to_contain_text("of the 100 sample images are right. And then?")
    assert lab.data("state")["breaks"] == []
    expect(lab.figure.locator(".network-break [role=status]")).to_have_text("")
    assert lab.tab.errors == []


#: Workers that are refused as long as `failing` is set: at once, or after their start.
FAILING = """
window.Worker = class extends Worker {
  constructor(address) {
    if (window.failing === "thrown") throw new DOMException("no worker here", "SecurityError");
    super(address);
    if (window.failing === "told") setTimeout(() => this.onerror({}), 20);
  }
};
"""


@pytest.mark.parametrize("failing", ["thrown", "told"])
def test_a_worker_that_fails_is_said_and_the_next_deed_starts_another(failing, open_lab):  # noqa: F811
    lab = open_lab("network", script=FAILING)
    lab.tab.evaluate("failing => { window.failing = failing; }", failing)
    lab.click("tool", "cover")
    words = "The network cannot be computed: this page does not allow workers."
    expect(lab.figure.locator(".lab-message")).to_have_text(words)
    assert lab.data("state") == FIRST
    assert lab.figure.locator(".lab-body[aria-busy]").count() == 0
    lab.tab.evaluate("window.failing = undefined")
    lab.click("tool", "cover")
    state(lab, cover=[12, 12])
    assert lab.said() == lab.tab.errors == []


@pytest.mark.parametrize(("kind", "setting"), [("noise", ("amount", 2)), ("shift", ("rows", 1)), ("shuffle", None)])
def test_other_breaks_have_their_settings(kind, setting, lab):
    open_fold(lab, "Break it")
    lab.click("open")
    lab.click("breaking", kind)
    if setting:
        lab.click(*setting)
    lab.click("guess", "fewer")
    wanted = {"noise": {"kind": "noise", "amount": 2}, "shift": {"kind": "shift", "rows": 1, "columns": 4}}
    state(lab, breaks=[wanted.get(kind, {"kind": kind})])
    expect(lab.figure.locator(".network-break [role=status]")).to_contain_text("of the 100 images are right now")


def test_shortcuts_are_cut_where_there_are_some(lab):
    lab.click("tool", "cam")
    state(lab, cam="predicted")
    assert "speaks for automobile" in readout(lab)
    open_fold(lab, "Break it")
    lab.click("breaking", "shortcut")
    lab.click("guess", "few")
    expect(lab.figure.locator(".lab-message")).to_have_text("This network has no shortcuts; CNN 5 has.")
    lab.click("network", "deeper-5")
    state(lab, network="deeper-5")
    lab.click("guess", "few")
    state(lab, breaks=[{"kind": "shortcut"}])
    assert "speaks" not in readout(lab)
    assert lab.said() == []
    verdict = lab.figure.locator(".network-break [role=status]")
    expect(verdict).to_contain_text("are right now")
    lab.click("network", "simple-cnn")
    state(lab, network="simple-cnn")
    expect(verdict).to_have_text("")


def test_a_link_may_have_breaks_and_a_wrong_one_is_refused(open_lab):  # noqa: F811
    broken = [{"kind": "flip", "way": "left to right"}]
    assert state(open_lab("network", {"network": "simple-cnn", "image": 57, "breaks": broken}), breaks=broken, image=57)
    lab = open_lab("network", {"network": "simple-cnn", "image": 57, "breaks": [{"kind": "fire"}]})
    expect(lab.figure.locator(".lab-message")).to_contain_text("The break is “fire”; use one of filter, bias")
    assert lab.data("state") == FIRST


def test_weights_that_do_not_come_are_said_and_can_be_asked_for_again(lab):
    root = lab.tab.evaluate("document.documentElement.dataset.content_root")
    lab.tab.evaluate("document.documentElement.dataset.content_root = 'nowhere/'")
    for name, words in (("nowhere/", "The engine could not be loaded"), (root, "")):
        lab.tab.evaluate("root => { document.documentElement.dataset.content_root = root; }", name)
        lab.click("network", "deeper-5")
        if words:
            expect(lab.figure.locator(".lab-message")).to_contain_text(words)
            assert lab.data("state") == FIRST
            lab.tab.errors.clear()  # of the script that was not there
    state(lab, network="deeper-5")
    assert lab.said() == lab.tab.errors == []


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("lab-network-later.js", "", "The engine"),
        ("lab-engine.js", "globalThis.bookEngine = () => {", "The engine"),
        ("network-deeper-5.js", "<!doctype html><p>Log in</p>", "The weights of deeper-5"),
    ],
)
def test_a_script_that_comes_empty_cut_or_as_a_page_is_asked_for_again(name, content, what, lab, tmp_path):
    (tmp_path / "_static").mkdir()
    for script in (SITE / "_static").glob("*.js"):
        (tmp_path / "_static" / script.name).symlink_to(script)
    (tmp_path / "_static" / name).unlink(missing_ok=True)
    (tmp_path / "_static" / name).write_text(content)
    root = lab.tab.evaluate("document.documentElement.dataset.content_root")
    set_root = "root => { document.documentElement.dataset.content_root = root; }"
    lab.tab.evaluate(set_root, f"{tmp_path.as_uri()}/")
    lab.click("network", "deeper-5")
    expect(lab.figure.locator(".lab-message")).to_contain_text(f"{what} could not be loaded")
    assert lab.data("state") == FIRST
    lab.tab.evaluate(set_root, root)
    lab.tab.errors.clear()  # of what is no script
    lab.click("network", "deeper-5")
    state(lab, network="deeper-5")
    assert lab.said() == lab.tab.errors == []

"""Pictures with images to train on, ``booksite.lab.training_images``, and that a browser reads just what they hold."""

import base64
import gzip
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
from built import ROOT
from PIL import Image
from sphinx.errors import ConfigError

from booksite import scripts
from booksite.lab import training_images
from cnnbook import data

SAMPLE = data.sample()


def repeated(count):
    """So many images of the sample as a data set, of each class equally many."""
    images, labels = (np.tile(array, (count // 100, *[1] * (array.ndim - 1))[: array.ndim]) for array in SAMPLE[:2])
    return images, labels


STAND_IN = data.CIFAR10(*repeated(10_000), *SAMPLE[:2], *repeated(500))


def decoded(script):
    """The images of a script as Pillow reads its picture."""
    brought = json.loads(script.removeprefix("globalThis.bookTraining = ").removesuffix(";"))
    with Image.open(io.BytesIO(base64.b64decode(brought["picture"].partition(",")[2]))) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    tiles = pixels.reshape(-1, 32, brought["columns"], 32, 3).swapaxes(1, 2)
    return tiles.reshape(-1, 32, 32, 3), brought


def test_images_take_turns_by_class_and_a_picture_shows_them():
    images, labels, _ = SAMPLE
    chosen = training_images.by_turns(images, labels, 20, 50)
    assert (chosen[13] == images[labels == 3][3]).all()
    shown, brought = decoded(training_images.script(chosen))
    assert shown.shape == chosen.shape
    assert np.abs(shown.astype(int) - chosen).mean() < 10  # a picture with loss
    assert brought["mean"] == pytest.approx(shown.mean())


READ = """
import { decode } from "./labs/train/images.js";
globalThis.decode = async (text, change) => [...await decode({ ...JSON.parse(text), ...change })];
"""


def test_a_browser_reads_the_very_pixels(open_tab):
    tab = open_tab("about:blank")
    tab.add_script_tag(content=scripts.join(ROOT, READ, "--format=iife"))
    script = training_images.script(training_images.by_turns(*SAMPLE[:2], 0, 100))
    shown, brought = decoded(script)
    assert tab.evaluate("text => decode(text)", json.dumps(brought)) == shown.ravel().tolist()
    refused = "text => decode(text, { mean: 0 }).catch(({ message }) => message)"
    assert "This browser changes what a page reads of a picture" in tab.evaluate(refused, json.dumps(brought))


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Write the scripts of a book with the lab, and a setting, into a folder; gives the files and what is offered."""
    monkeypatch.setattr(training_images, "local_images", lambda: STAND_IN)
    monkeypatch.setattr(training_images, "vendored_folder", lambda app: tmp_path)
    monkeypatch.setattr(training_images, "script", lambda images: str(len(images)))

    def write(count):
        config = SimpleNamespace(cnnbook_training_images=count)
        training_images.write_scripts(SimpleNamespace(srcdir=ROOT), config)
        names = {path.name: path.read_text("utf-8") for path in tmp_path.glob("training-*.js")}
        return names, training_images.offered(config)

    return write


@pytest.mark.parametrize(("count", "offered"), [(2_000, [2_000, 10_000]), (0, [])])
def test_the_setting_says_whether_a_site_has_images(build, tmp_path, count, offered):
    (tmp_path / "training-images-1.js").write_text("of an earlier build")
    files, said = build(count)
    assert said == offered
    assert [files[name] for name in sorted(files)] == ["2500", "8000"][: len(offered)]
    assert (tmp_path / "epochs-simple-cnn.js").is_file()


def test_pictures_are_made_again_if_what_they_are_made_from_has_changed(build, tmp_path, monkeypatch):
    """Reading the data set, verifying it and making pictures of it takes longer than the rest of a small build."""
    reads = []
    monkeypatch.setattr(training_images, "local_images", lambda: reads.append(1) or STAND_IN)
    for _ in range(2):
        files, said = build(2_000)
        assert (len(files), said, len(reads)) == (2, [2_000, 10_000], 1)
    (tmp_path / "training-images-1.js").unlink()
    assert (len(build(2_000)[0]), len(reads)) == (2, 2)
    monkeypatch.setattr(data, "fingerprint", lambda: "other data")
    assert (len(build(2_000)[0]), len(reads)) == (2, 3)
    assert build(0) == ({}, [])
    assert (len(build(2_000)[0]), len(reads)) == (2, 4)


def test_without_the_data_set_a_site_has_none_and_other_settings_are_refused(build, monkeypatch):
    with pytest.raises(ConfigError, match="cnnbook_training_images is 10000; use 2000, or 0 for none"):
        build(10_000)
    monkeypatch.setattr(training_images, "local_images", lambda: None)
    assert build(2_000) == ({}, [])


@pytest.mark.data
@pytest.mark.weekly
def test_the_pictures_of_the_data_set_are_small():
    first, more = (len(gzip.compress(script.encode())) for script in training_images.scripts(data.cifar10()))
    assert first <= 650_000
    assert first + more <= 2_800_000

"""The lab for a model of the reader's own: what is read and what is refused. tests/booksite opens it in a browser."""

import json
import re

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from cnnbook import CnnBookError, explorer, models
from cnnbook.__main__ import main


def grey(**options):
    """A small network of grey images, without a softmax."""
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(8, 5, activation="relu", name="first"),
            layers.AveragePooling2D(2),
            layers.Conv2D(12, 3, padding="same", name="second"),
            layers.BatchNormalization(),
            layers.Activation("relu", name="active"),
            layers.Flatten(),
            layers.Dense(4, name="scores", **options),
        ],
        name="grey",
    )


def contents(page):
    return json.loads(re.search(r'id="model">(.*?)</script>', page, re.DOTALL)[1])


def draw_images(count, *shape):
    return np.random.default_rng(count).integers(0, 256, (count, *shape)).astype("uint8")


def test_a_page_carries_the_model_its_images_and_a_softmax_where_there_is_none():
    for options, last in (({}, "softmax of the scores"), ({"activation": "softmax"}, "scores")):
        page = explorer.write(grey(**options), draw_images(3, 28, 28), [0, 3, 1], divide=255)
        view = contents(page)["view"]
        [description] = view["networks"].values()
        assert (description["layers"][-1]["name"], description["divide"]) == (last, 255)
        assert view["set"]["labels"] == [0, 3, 1]
        assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)


def test_colour_images_of_the_books_size_need_none():
    view = contents(explorer.write(models.simple_cnn()))["view"]
    assert len(view["set"]["images"]) == 100
    assert view["classes"][8] == "ship"


def wide():
    return keras.Sequential([keras.Input((8, 9, 3)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)])


def unknown():
    return keras.Sequential([keras.Input((8, 8, 3)), layers.LayerNormalization(), layers.Flatten(), layers.Dense(2)])


def spoiled():
    model = grey()
    kernel, bias = model.get_layer("scores").get_weights()
    kernel[3, 2] = np.nan
    model.get_layer("scores").set_weights([kernel, bias])
    return model


@pytest.mark.parametrize(
    ("model", "images", "labels", "options", "words"),
    [
        (wide, draw_images(1, 8, 9, 3), None, {}, "the model takes 8x9x3; the lab shows square images"),
        (unknown, draw_images(1, 8, 8, 3), None, {}, "LayerNormalization"),
        (grey, None, None, {}, "images are needed, since the book's sample is 32x32x3 and the model takes 28x28x1"),
        (grey, draw_images(2, 32, 32), None, {}, "the images have the shape (2, 32, 32)"),
        (grey, draw_images(2, 28, 28) / 255, None, {}, "give them from 0 to 255"),
        (grey, np.full((1, 28, 28), np.nan), None, {}, "the images have values from nan to nan"),
        (grey, draw_images(201, 28, 28), None, {}, "there are 201 images; up to 200 fit"),
        (grey, draw_images(2, 28, 28), [1], {}, "there are 2 images and 1 labels"),
        (grey, draw_images(2, 28, 28), None, {"divide": 0}, "got divide=0"),
        (spoiled, draw_images(2, 28, 28), None, {}, "1 of the model's weights are NaN or infinite"),
    ],
)
def test_what_cannot_be_shown_is_refused(model, images, labels, options, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        explorer.write(model(), images, labels, **options)


def save_images(folder, *names):
    for number, name in enumerate(names):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40 + number, 30), (10 * number, 0, 0)).save(file)


def test_a_folder_of_folders_has_a_class_for_each(tmp_path):
    save_images(tmp_path, "dog/b.png", "cat/a.png", "dog/a.jpg")
    images, labels, classes = explorer.read_folder(tmp_path, None, 16)
    assert images.shape == (3, 16, 16, 3)
    assert (labels, classes) == ([0, 1, 1], ["cat", "dog"])


def test_labels_may_be_told_by_a_file_or_by_nobody(tmp_path):
    save_images(tmp_path / "images", "a.png", "b.png")
    table = tmp_path / "labels.csv"
    for text, labels, classes in (
        ("a.png,dog\nb.png, cat\n", [1, 0], ["cat", "dog"]),
        ("b.png,7\na.png,0", [0, 7], None),
    ):
        table.write_text(text)
        assert explorer.read_folder(tmp_path / "images", table, 8)[1:] == (labels, classes)
    assert explorer.read_folder(tmp_path / "images", None, 8)[1:] == (None, None)
    for text, words in (("a.png,dog", "does not name the image b.png"), ("a.png dog", "has a line without a comma")):
        table.write_text(text)
        with pytest.raises(CnnBookError, match=words):
            explorer.read_folder(tmp_path / "images", table, 8)
    (tmp_path / "images" / "c.png").write_text("no image")
    with pytest.raises(CnnBookError, match=r"c.png cannot be read as an image"):
        explorer.read_folder(tmp_path / "images", None, 8)
    with pytest.raises(CnnBookError, match="there is no image in"):
        explorer.read_folder(tmp_path / "nowhere", None, 8)


def test_the_command_writes_a_page_and_overwrites_none(tmp_path, capsys):
    save_images(tmp_path / "images", "cat/a.png", "dog/b.png")
    model = tmp_path / "mine.keras"
    grey().save(model)
    command = ["explorer", str(model), "--images", str(tmp_path / "images"), "--divide", "255"]
    assert main(command) == 0
    assert contents((tmp_path / "mine.html").read_text("utf-8"))["state"] == {"network": "mine", "image": 0}
    assert main(command) == 1
    assert main([*command, "--force"]) == 0
    assert main(["explorer", str(tmp_path / "images"), "--output", str(tmp_path / "other.html")]) == 1
    said = capsys.readouterr()
    assert "mine.html; name another with --output, or add --force" in said.err
    assert said.out.count("wrote ") == 2

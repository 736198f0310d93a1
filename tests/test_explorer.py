"""The lab for a model of the reader's own: what is read and what is refused. tests/booksite opens it in a browser."""

import base64
import hashlib
import json
import re
import warnings

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


def maps():
    return keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3)])


def one_output():
    return keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten(), layers.Dense(1)])


def of_three():
    return keras.Sequential([keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(3)])


def any_size():
    return keras.Sequential(
        [keras.Input((None, None, 3)), layers.Conv2D(4, 3), layers.GlobalAveragePooling2D(), layers.Dense(2)]
    )


def flat():
    return keras.Sequential([keras.Input((784,)), layers.Dense(10)])


def without_input():
    return keras.Sequential([layers.Flatten(), layers.Dense(10)], name="open")


def several_scales():
    return keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Rescaling([1, 2, 3], name="scales"), layers.Flatten(), layers.Dense(2)]
    )


def channels_first():
    first = {"data_format": "channels_first"}
    return keras.Sequential(
        [keras.Input((8, 8, 3)), layers.AveragePooling2D(2, name="pool", **first), layers.Flatten(), layers.Dense(2)]
    )


def planes():
    return keras.Sequential([keras.Input((3, 8, 8)), layers.Flatten(), layers.Dense(2)])


def twice():
    image = keras.Input((8, 8, 3))
    return keras.Model(image, [layers.Dense(2)(layers.Flatten()(image))] * 2)


PAIR = draw_images(2, 28, 28)


@pytest.mark.parametrize(
    ("model", "images", "labels", "options", "words"),
    [
        (
            maps,
            None,
            None,
            {},
            "the model gives 6x6x4 for an image; the lab shows networks that give a row of at least",
        ),
        (one_output, None, None, {}, "the model gives 1 numbers for an image"),
        (any_size, None, None, {}, "the model takes ?x?x3; the lab shows images of a fixed size"),
        (flat, None, None, {}, "the model takes 784 numbers; the lab shows images of a fixed size, with rows, columns"),
        (
            without_input,
            None,
            None,
            {},
            "'open' does not say what it takes in: the lab shows sequential and functional",
        ),
        (several_scales, draw_images(1, 8, 8, 3), None, {}, "the layer 'scales' has scale=[1, 2, 3]; the engine supp"),
        (channels_first, draw_images(1, 8, 8, 3), None, {}, "'pool' has data_format='channels_first'; the engine su"),
        (planes, None, None, {}, "the model takes 3x8x8; the lab shows square images of up to 128 pixels, with 1 or 3"),
        (twice, None, None, {}, "the model has 1 input and 2 outputs; the lab shows models with one of each"),
        (
            grey,
            PAIR,
            [0, 4],
            {},
            "an image has the class 4, and the model has 4 outputs; classes are numbers from 0 to 3",
        ),
        (grey, PAIR, [0, -1], {}, "an image has the class -1"),
        (grey, PAIR, [0.5, 1], {}, "the labels have the shape (2,) and the type float64; give the number of a class"),
        (grey, PAIR, np.eye(2, 4, dtype=int), {}, "the labels have the shape (2, 4)"),
        (grey, PAIR, None, {"classes": ["cat", "dog"]}, "names of 2 classes (cat, dog), and the model has 4 outputs"),
        (grey, PAIR, None, {"divide": float("inf")}, "got divide=inf"),
        (grey, PAIR, None, {"divide": float("nan")}, "got divide=nan"),
        (wide, draw_images(1, 8, 9, 3), None, {}, "the model takes 8x9x3; the lab shows square images"),
        (unknown, draw_images(1, 8, 8, 3), None, {}, "LayerNormalization"),
        (of_three, None, None, {}, "images are needed, since the book's sample has 10 classes and the model 3"),
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


def test_the_page_allows_its_own_script_alone_and_no_form():
    page = explorer.write(grey(), PAIR)
    script = re.search(r'<script type="module">(.*?)</script>', page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert f"script-src 'sha256-{digest}' 'wasm-unsafe-eval';" in policy
    assert "base-uri 'none'" in policy
    assert "form-action 'none'" in policy


def test_a_widget_has_what_the_page_has():
    model = grey()
    widget, page = explorer.show(model, PAIR, name="mine"), contents(explorer.write(model, PAIR, name="mine"))
    assert widget.kind == page["kind"] == "network"
    assert (widget.state, widget.colors) == (page["state"], page["colors"])
    assert json.loads(json.dumps(widget.view)) == page["view"]


def test_labels_may_stand_in_a_column_as_keras_gives_them():
    view = contents(explorer.write(grey(), PAIR, np.array([[3], [0]], "uint8")))["view"]
    assert view["set"]["labels"] == [3, 0]


def save_images(folder, *names):
    for number, name in enumerate(names):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40 + number, 30), (number, 0, 0)).save(file)


def test_a_folder_of_folders_has_a_class_for_each(tmp_path):
    save_images(tmp_path, "dog/b.png", "cat/a.png", "dog/a.jpg")
    images, labels, classes, left_out = explorer.read_folder(tmp_path, None, grey())
    assert images.shape == (3, 28, 28, 3)
    assert (labels, classes, left_out) == ([0, 1, 1], ["cat", "dog"], "")
    save_images(tmp_path, "cow/in/a.png")
    (tmp_path / "bat").mkdir()  # a class without an image is one of the model's all the same
    assert explorer.read_folder(tmp_path, None, grey())[1:3] == ([1, 2, 3, 3], ["bat", "cat", "cow", "dog"])
    save_images(tmp_path, "a.png", ".hidden.png")
    with pytest.raises(
        CnnBookError, match=r"a.png lies beside folders of images; move it into the folder of its class"
    ):
        explorer.read_folder(tmp_path, None, grey())


def test_folders_whose_names_are_digits_are_counted_as_keras_does(tmp_path):
    save_images(tmp_path, "10/a.png", "9/a.png", "2/a.png", ".ipynb_checkpoints/a.png")
    assert explorer.read_folder(tmp_path, None, grey())[1:3] == ([0, 1, 2], ["10", "2", "9"])
    batches = keras.utils.image_dataset_from_directory(tmp_path, image_size=(8, 8), verbose=False)
    assert batches.class_names == ["10", "2", "9"]


def test_of_many_images_there_are_equally_many_of_each_class(tmp_path):
    for name, count in (("cat", 210), ("cow", 3), ("dog", 150)):
        save_images(tmp_path, *(f"{name}/{number:03}.png" for number in range(count)))
    images, labels, _, left_out = explorer.read_folder(tmp_path, None, grey())
    assert len(images) == 200
    assert np.bincount(labels).tolist() == [99, 3, 98]
    assert left_out == "200 of 363 images fit into the page, equally many of each class as far as they go"
    images, labels, _, left_out = explorer.read_folder(tmp_path / "cat", None, grey())
    assert (len(images), labels) == (200, None)
    assert left_out == "200 of 210 images fit into the page, taken at equal distances"
    assert images[[0, -1], 0, 0, 0].tolist() == [0, 208]  # not the first 200: `save_images` counts them in red


def test_an_image_is_read_as_a_browser_shows_it(tmp_path):
    """Upright, and on white where it is transparent."""
    turned = Image.new("RGB", (40, 20), (0, 0, 200))
    turned.paste((200, 0, 0), (0, 0, 20, 20))
    exif = turned.getexif()
    exif[0x0112] = 6  # the left side is the top
    turned.save(tmp_path / "a.png", exif=exif)
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(tmp_path / "b.png")
    upright, clear = explorer.read_folder(tmp_path, None, grey()).images
    assert upright[2, 14].tolist() == [200, 0, 0]
    assert upright[25, 14].tolist() == [0, 0, 200]
    assert (clear == 255).all()


def test_labels_may_be_told_by_a_file_or_by_nobody(tmp_path):
    save_images(tmp_path / "images", "a.png", "b.png")
    table = tmp_path / "labels.csv"
    for text, labels, classes in (
        ("a.png,dog\nb.png, cat\n", [1, 0], ["cat", "dog"]),
        ("b.png,7\na.png,0", [0, 7], None),
        ("b.png,-1\na.png,0", [0, -1], None),  # refused later, as no class of the model's
        ("\ufeffb.png,7\na.png,x", [1, 0], ["7", "x"]),
    ):
        table.write_text(text, "utf-8")
        assert explorer.read_folder(tmp_path / "images", table, grey())[1:3] == (labels, classes)
    assert explorer.read_folder(tmp_path / "images", None, grey())[1:3] == (None, None)
    for text, words in (
        ("a.png,dog", "does not name the image b.png"),
        ("a.png dog", "has the line 'a.png dog'"),
        ("a.png,dog\na.png,cat\nb.png,cat", "says of a.png that it is dog, and that it is cat"),
    ):
        table.write_text(text)
        with pytest.raises(CnnBookError, match=words):
            explorer.read_folder(tmp_path / "images", table, grey())
    table.write_bytes("Käfer.png,0".encode("latin-1"))
    with pytest.raises(CnnBookError, match=r"labels.csv is not text in UTF-8; save it as that"):
        explorer.read_folder(tmp_path / "images", table, grey())
    with pytest.raises(CnnBookError, match=r"nowhere.csv cannot be read .*; name a file of labels"):
        explorer.read_folder(tmp_path / "images", tmp_path / "nowhere.csv", grey())
    with pytest.raises(CnnBookError, match=r"there is no image in .*labels.csv, since it is not a folder"):
        explorer.read_folder(table, None, grey())
    Image.new("1", (10_000, 10_000)).save(tmp_path / "images" / "c.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CnnBookError, match=r"c.png has 100 million pixels; up to 50 million fit"):
            explorer.read_folder(tmp_path / "images", None, grey())
    (tmp_path / "images" / "c.png").write_text("no image")
    with pytest.raises(CnnBookError, match=r"c.png cannot be read as an image"):
        explorer.read_folder(tmp_path / "images", None, grey())
    with pytest.raises(CnnBookError, match="there is no image in"):
        explorer.read_folder(tmp_path / "nowhere", None, grey())


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path):
    save_images(tmp_path / "images", "x/a.png", "y/a.png", "y/b.png")
    table = tmp_path / "labels.csv"
    table.write_text("a.png,0\nb.png,1")
    with pytest.raises(CnnBookError, match=r"names a.png, and there are 2 files of this name, x/a.png among them"):
        explorer.read_folder(tmp_path / "images", table, grey())
    table.write_text("x/a.png,0\ny/a.png,2\nb.png,1")
    assert explorer.read_folder(tmp_path / "images", table, grey()).labels == [0, 2, 1]


def test_the_command_writes_a_page_and_overwrites_none(tmp_path, capsys):
    save_images(tmp_path / "images", "cat/a.png", "dog/b.png")
    (tmp_path / "images" / "cow").mkdir()
    (tmp_path / "images" / "eel").mkdir()
    model = tmp_path / "mine.keras"
    grey().save(model)
    command = ["explorer", str(model), "--images", str(tmp_path / "images"), "--divide", "255"]
    assert main(command) == 0
    assert contents((tmp_path / "mine.html").read_text("utf-8"))["state"] == {"network": "mine", "image": 0}
    assert main(command) == 1
    assert main([*command, "--force"]) == 0
    assert main(["explorer", str(model), "--labels", str(model), "--force"]) == 1
    assert main(["explorer", str(tmp_path / "images"), "--output", str(tmp_path / "other.html")]) == 1
    (tmp_path / "notes.keras").write_text("no model")
    assert main(["explorer", str(tmp_path / "notes.keras")]) == main(["explorer", str(tmp_path / "none.keras")]) == 1
    before = model.read_bytes()
    assert main([*command, "--output", str(tmp_path / "images/../mine.keras"), "--force"]) == 1
    assert model.read_bytes() == before
    said = capsys.readouterr()
    assert "mine.keras and would replace it; name another with --output" in said.err
    assert "notes.keras is not a model, or is cut short" in said.err
    assert "there is no file" in said.err
    assert "mine.html; name another with --output, or add --force" in said.err
    assert "--labels tells the classes of the images in --images FOLDER" in said.err
    assert said.out.count("wrote ") == 2

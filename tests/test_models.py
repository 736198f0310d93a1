"""The networks: what they take and give, and that their numbers are those of the arithmetic and of the data."""

import types

import keras
import numpy as np
import pytest

from cnnbook import CnnBookError, experiments, models, shapes, training
from cnnbook.data import cifar10


@pytest.mark.parametrize("name", experiments.RECIPES)
def test_every_network_takes_raw_images_and_gives_probabilities(name):
    model = training.build(experiments.recipe(name))
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("uint8")
    scores = keras.ops.convert_to_numpy(model(images))
    assert scores.shape == (2, 10)
    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert model.layers[-1].name == "scores"


def test_the_two_layer_network_is_the_practicals():
    model = models.dense()
    assert [type(layer).__name__ for layer in model.layers] == ["Rescaling", "Flatten", "Dense", "ReLU", "Dense"]
    assert model.count_params() == shapes.dense_parameters(3072, 128) + shapes.dense_parameters(128, 10) == 394_634


def test_the_simple_cnn_is_the_practicals():
    model = models.simple_cnn()
    conv, pool = model.get_layer("conv"), model.get_layer("pool")
    assert (conv.filters, conv.kernel_size, conv.strides, conv.padding) == (32, (3, 3), (1, 1), "same")
    assert (pool.pool_size, pool.strides) == ((2, 2), (2, 2))
    shown = [layer.output.shape[1:] for layer in model.layers[1:]]
    assert shown == [(32, 32, 32), (32, 32, 32), (16, 16, 32), (8192,), (10,)]
    assert model.count_params() == 82_826


def test_options_of_the_dense_network():
    model = models.dense(units=(16, 8), standardise=True, batch_norm=True, dropout=0.5, l2=0.1)
    kinds = [type(layer).__name__ for layer in model.layers]
    hidden = ["Dense", "BatchNormalization", "ReLU", "Dropout"]
    assert kinds == ["Normalization", "Flatten", *hidden, *hidden, "Dense"]
    assert [model.get_layer(name).units for name in ("hidden1", "hidden2", "scores")] == [16, 8, 10]
    assert model.get_layer("dropout1").rate == 0.5
    assert all(model.get_layer(name).kernel_regularizer.l2 == 0.1 for name in ("hidden1", "hidden2", "scores"))


def test_a_shortcut_adds_the_first_convolution_of_its_stage_to_the_last():
    model = models.deeper_cnn(filters=(4, 8), convolutions=(1, 2), residual=True)
    inside = keras.Model(model.input, [model.get_layer(name).output for name in ("relu2_1", "relu2_2", "add2")])
    first, last, total = inside(np.full((1, 32, 32, 3), 100.0, "float32"))
    assert np.allclose(first + last, total)
    assert model.get_layer("mean").output.shape == (None, 8)
    assert "pool2" not in [layer.name for layer in model.layers]


def test_stages_need_a_number_of_convolutions_each():
    with pytest.raises(ValueError, match="shorter than"):
        models.deeper_cnn(filters=(4, 8), convolutions=(1,))


@pytest.mark.data
def test_the_channels_statistics_are_those_of_the_training_images():
    pixels, levels = cifar10().x_train, np.arange(256)
    for channel in range(3):
        share = np.bincount(pixels[..., channel].ravel(), minlength=256) / pixels[..., channel].size
        mean = share @ levels
        assert mean == pytest.approx(models.CHANNEL_MEAN[channel], abs=0.01)
        assert share @ (levels - mean) ** 2 == pytest.approx(models.CHANNEL_VARIANCE[channel], abs=0.1)


def _directions():
    """The twelve directions of a 2x2 patch, each of length 1, (directions, pixels and channels)."""
    directions = np.einsum("pk,cl->pckl", models.PATTERNS, models.COLOURS).reshape(12, 12)
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


@pytest.mark.data
def test_the_variance_along_each_direction_of_a_patch_is_that_of_the_training_images():
    images, total, count = cifar10().x_train, np.zeros((12, 12)), 0
    for first in range(0, len(images), 5000):
        pixels = images[first : first + 5000] - np.array(models.CHANNEL_MEAN)
        pixels /= np.sqrt(models.CHANNEL_VARIANCE)
        parts = [pixels[:, row : 31 + row, column : 31 + column] for row in (0, 1) for column in (0, 1)]
        patches = np.stack(parts, axis=3).reshape(-1, 12)
        total, count = total + patches.T @ patches, count + len(patches)
    covariance = _directions() @ (total / count) @ _directions().T
    assert covariance.diagonal() == pytest.approx(np.ravel(models.PATCH_VARIANCE), abs=1e-4)
    together = covariance / np.sqrt(np.outer(covariance.diagonal(), covariance.diagonal()))
    assert np.abs(together - np.eye(12)).max() < 0.3  # of the pixels themselves: 0.66 to 0.94


def test_whitening_brings_each_direction_to_its_deviation_with_both_signs():
    kernel = models.whitening()
    assert kernel.shape == (2, 2, 3, 24)
    assert np.array_equal(kernel[..., :12], -kernel[..., 12:])
    filters = kernel[..., :12].reshape(12, 12)  # pixels and channels, filter
    assert _directions() @ filters == pytest.approx(
        np.diag(1 / np.sqrt(np.ravel(models.PATCH_VARIANCE) + 5e-4)), abs=1e-4
    )


def test_an_identity_hands_on_its_channels_and_leaves_room_for_more():
    image = np.random.default_rng(0).normal(size=(1, 6, 6, 3)).astype("float32")
    for filters in (2, 3, 5):
        kernel = models.Identity()((3, 3, 3, filters))
        output = keras.ops.convert_to_numpy(keras.ops.conv(image, kernel, padding="same"))
        handed_on = min(3, filters)
        assert output[..., :handed_on] == pytest.approx(image[..., :handed_on], abs=1e-6)
        assert np.all(np.abs(output[..., handed_on:]).max(axis=(0, 1, 2)) > 0)  # the others begin at random


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("size", [32, 17, 9])
def test_the_fast_network_takes_images_of_several_sizes_and_gives_probabilities_in_32_bits(precision, size):
    model = models.fast_cnn(filters=(4, 6, 8), precision=precision)
    images = np.random.default_rng(0).integers(0, 256, (2, size, size, 3)).astype("uint8")
    scores = keras.ops.convert_to_numpy(model(images))
    assert (scores.shape, scores.dtype) == ((2, 10), np.float32)
    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert {layer.compute_dtype for layer in model.layers if "conv" in layer.name} == {precision[-8:]}


def test_what_the_fast_network_leaves_to_training():
    whitened, plain = models.fast_cnn(), models.fast_cnn(whitened=False, identity=False)
    names = [{variable.path for variable in model.trainable_variables} for model in (whitened, plain)]
    assert names[1] - names[0] == {"whiten/kernel"}
    assert not np.array_equal(plain.get_layer("conv2_2").kernel[1, 1], whitened.get_layer("conv2_2").kernel[1, 1])
    assert np.allclose(np.diag(whitened.get_layer("conv2_2").kernel[1, 1]), 1)


def test_a_saved_network_begins_with_the_books_identity_when_it_is_loaded(tmp_path):
    """Keras has an `Identity` of its own."""
    model = models.fast_cnn(filters=(4, 6, 8))
    model.save(tmp_path / "fast.keras")
    loaded = keras.models.load_model(tmp_path / "fast.keras")
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("uint8")
    np.testing.assert_array_equal(loaded.predict(images, verbose=0), model.predict(images, verbose=0))
    assert type(loaded.get_layer("conv1_1").kernel_initializer).__module__ == models.__name__


def test_the_tutorials_network_is_tensorflows():
    model = models.tutorial_cnn()
    assert model.count_params() == 122_570  # as the tutorial prints it
    assert [layer.output.shape[1:3] for layer in model.layers if "conv" in layer.name] == [(30, 30), (13, 13), (4, 4)]


def test_standardising_is_what_it_says():
    image = np.array(models.CHANNEL_MEAN) + np.sqrt(models.CHANNEL_VARIANCE) * np.array([0, 1, -2])
    scaled = models.scaling(standardise=True)(np.broadcast_to(image, (1, 32, 32, 3)).astype("float32"))
    assert np.asarray(scaled)[0, 5, 5] == pytest.approx([0, 1, -2], abs=1e-5)


@pytest.mark.parametrize("network", ["dense", "simple_cnn"])
def test_the_shuffle_moves_whole_pixels_in_the_same_way_for_every_image(network):
    model = models.shuffled(network=network)
    shuffle = keras.Model(model.input, model.get_layer("shuffle").output)
    images = np.arange(2 * 32 * 32 * 3, dtype="float32").reshape(2, 32, 32, 3)
    mixed = shuffle.predict(images, verbose=0)
    order = np.random.default_rng(0).permutation(32 * 32)
    assert np.array_equal(mixed.reshape(2, -1, 3), images.reshape(2, -1, 3)[:, order])
    assert not np.array_equal(mixed, images)


def test_what_stands_in_for_pooling_has_the_size_that_it_should():
    sizes = {
        how: models.downsampled_cnn(how=how).get_layer("flatten").output.shape[1]
        for how in ("average", "stride", "nothing")
    }
    assert sizes == {"average": 16 * 16 * 32, "stride": 16 * 16 * 32, "nothing": 32 * 32 * 32}
    with pytest.raises(ValueError, match="expected how to be 'average', 'stride' or 'nothing'; got 'max'"):
        models.downsampled_cnn(how="max")


BUILDERS = (
    *("one_layer", "dense", "simple_cnn", "downsampled_cnn", "shuffled", "deeper_cnn", "tutorial_cnn", "fast_cnn"),
    *("scaling", "convolution", "whitening", "small"),
)


def test_no_builder_is_given_out_where_keras_puts_channels_first():
    """They would build other networks without a word; the simple CNN would have 14,378 parameters."""
    keras.config.set_image_data_format("channels_first")
    try:
        for name in BUILDERS:
            for look_up in (
                lambda name=name: getattr(models, name),
                lambda name=name: exec(f"from cnnbook.models import {name}"),
            ):
                with pytest.raises(CnnBookError, match=f"{name} builds networks for .* Keras is set to channels_first"):
                    look_up()
        assert models.IMAGE_SHAPE == (32, 32, 3)
    finally:
        keras.config.set_image_data_format("channels_last")
    assert models.simple_cnn().count_params() == 82_826


def test_every_function_of_the_module_is_one_of_the_builders():
    assert {name for name, value in vars(models).items() if isinstance(value, types.FunctionType)} == set(BUILDERS)

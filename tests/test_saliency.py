"""Gradients and Grad-CAM, against finite differences and against what the mathematics says."""

import keras
import numpy as np
import pytest

from cnnbook import models, saliency

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype("uint8")


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return models.deeper_cnn(filters=(4, 8, 8, 8), convolutions=(1, 2, 2, 1), batch_norm=True, residual=True)


def test_a_gradient_is_the_slope():
    values = np.array([1.0, 2.0, -3.0], "float32")
    slope = saliency.gradient(lambda x: keras.ops.sum(x**2 * np.array([1, 10, 100], "float32")), values)
    assert slope.tolist() == [2, 40, -600]


def test_behind_an_average_the_gradient_is_the_weight(model):
    """After the last stage come the mean over 4x4 cells and a dense layer: the gradient is its weight over 16."""
    maps, gradients = saliency.score_gradients(model, "relu4_1", IMAGES, 3)
    weights = model.get_layer("scores").get_weights()[0][:, 3]
    assert maps.shape == gradients.shape == (3, 4, 4, 8)
    assert np.allclose(gradients, weights / 16, atol=1e-6)


def test_gradients_of_an_inner_layer_are_slopes_of_the_score(model):
    maps, gradients = saliency.score_gradients(model, "pool2", IMAGES, 5)
    above = keras.Model(model.get_layer("pool2").output, model.layers[-1].input)
    kernel, bias = model.layers[-1].get_weights()
    place, step = (1, 3, 4, 2), 1e-2
    scores = []
    for sign in (1, -1):
        moved = maps.copy()
        moved[place] += sign * step
        scores.append((np.asarray(above(moved, training=False), float) @ kernel + bias)[1, 5])
    assert (scores[0] - scores[1]) / (2 * step) == pytest.approx(gradients[place], abs=2e-4)


def test_grad_cam_of_the_last_maps_is_the_class_activation_map(model):
    """Where only a mean and a dense layer follow, Grad-CAM is the maps weighed by the dense layer, cut off at 0."""
    inside = keras.Model(model.input, model.get_layer("relu4_1").output)
    maps = np.asarray(inside(IMAGES, training=False))
    weights = model.get_layer("scores").get_weights()[0][:, 7]
    heat = saliency.grad_cam(model, "relu4_1", IMAGES, 7)
    assert np.allclose(heat, np.maximum(maps @ weights / 16, 0), atol=1e-5)
    assert heat.shape == (3, 4, 4)
    assert heat.min() >= 0


def test_each_image_can_have_a_class_of_its_own(model):
    heat = saliency.grad_cam(model, "pool2", IMAGES, np.array([5, 0, 7]))
    apart = [saliency.grad_cam(model, "pool2", IMAGES[[i]], label)[0] for i, label in enumerate([5, 0, 7])]
    assert np.allclose(heat, apart, atol=1e-6)
    assert not np.allclose(heat, saliency.grad_cam(model, "pool2", IMAGES, 5), atol=1e-4)


def test_grad_cam_weighs_each_map_by_the_mean_of_its_gradient(model):
    """In an inner layer, where the gradient differs from cell to cell."""
    maps, gradients = saliency.score_gradients(model, "pool2", IMAGES, 7)
    assert np.ptp(gradients, axis=(1, 2)).min() > 0
    heat = np.einsum("bhwc,bc->bhw", maps, gradients.sum(axis=(1, 2))) / (8 * 8)
    assert (heat < 0).any()
    assert np.allclose(saliency.grad_cam(model, "pool2", IMAGES, 7), np.maximum(heat, 0), atol=1e-6)


def test_a_layer_inside_a_shortcut_is_refused(model):
    with pytest.raises(ValueError, match="a shortcut leads past the layer 'relu3_2'"):
        saliency.grad_cam(model, "relu3_2", IMAGES, 0)

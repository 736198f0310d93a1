"""Muon against the singular value decomposition that it does without, and which variable is stepped by what."""

import keras
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnbook import models
from cnnbook.training.optimizers import COEFFICIENTS, Muon, by_variable, orthogonalised

SHAPES = [(4, 9), (9, 4), (5, 5), (1, 7)]


def by_decomposition(matrix, iterations):
    """What `orthogonalised` should give: each singular value through the polynomial, its directions as they are."""
    left, values, right = np.linalg.svd(matrix.astype("float64"), full_matrices=False)
    values = values / np.sqrt((values**2).sum())
    for _ in range(iterations):
        values = sum(c * values**power for c, power in zip(COEFFICIENTS, (1, 3, 5), strict=True))
    return (left * values) @ right


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(SHAPES).flatmap(lambda shape: arrays("float32", shape, elements=st.floats(-1, 1, width=16))))
def test_the_polynomial_acts_on_the_singular_values_alone(matrix):
    assume(np.abs(matrix).max() >= 0.01)
    assert keras.ops.convert_to_numpy(orthogonalised(matrix, 3)) == pytest.approx(by_decomposition(matrix, 3), abs=2e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_after_a_few_times_every_direction_is_as_strong(shape):
    matrix = np.random.default_rng(0).normal(size=shape).astype("float32")
    values = np.linalg.svd(keras.ops.convert_to_numpy(orthogonalised(matrix, 6)), compute_uv=False)
    assert values.min() > 0.6
    assert values.max() < 1.25


def test_a_step_of_muon_is_what_its_description_says():
    """Two steps of a kernel, once more with NumPy."""
    generator = np.random.default_rng(1)
    kernel, *gradients = generator.normal(size=(3, 3, 3, 2, 4)).astype("float32")
    variable = keras.Variable(kernel, name="kernel")
    optimizer = Muon(learning_rate=0.1, momentum=0.6, iterations=3)
    momentum = np.zeros_like(kernel)
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        momentum = 0.6 * momentum + gradient
        rows = (gradient + 0.6 * momentum).reshape(-1, 4).T
        kernel = kernel * 2 / np.sqrt((kernel**2).sum()) - 0.1 * by_decomposition(rows, 3).T.reshape(kernel.shape)
    assert keras.ops.convert_to_numpy(variable) == pytest.approx(kernel, abs=1e-3)


def test_a_copy_of_muon_has_its_settings():
    optimizer = Muon(learning_rate=0.1, momentum=0.5, iterations=4)
    copy = keras.optimizers.get(keras.optimizers.serialize(optimizer))
    assert copy.get_config() == optimizer.get_config()
    assert (copy.momentum, copy.polynomial_iterations) == (0.5, 4)


def test_variables_are_stepped_by_what_their_paths_say():
    usual = keras.optimizers.SGD(0.5, momentum=0.85, nesterov=True, weight_decay=0.01)
    optimizer = by_variable(usual, {"norm.*/beta": 64}, {"learning_rate": 0.25})
    model = models.fast_cnn(filters=(4, 4, 4))
    optimizer.build(model.trainable_variables)
    stepped = {variable.path: optimizer._optimizer_map(variable) for variable in model.trainable_variables}
    kinds = {path: (type(one).__name__, float(one.learning_rate), one.weight_decay) for path, one in stepped.items()}
    assert kinds["norm1_1/beta"] == ("SGD", 32.0, 0.01 / 64)
    assert kinds["conv2_2/kernel"] == ("Muon", 0.25, None)
    assert kinds["scores/kernel"] == ("SGD", 0.5, 0.01)
    assert len(kinds) == 13  # the whitening is not trained
    assert stepped["norm3_2/beta"].nesterov
    assert stepped["norm3_2/beta"].momentum == 0.85

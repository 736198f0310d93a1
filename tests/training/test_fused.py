"""The fused training of a GPU, on JAX and a processor: it computes what training step by step computes."""

import dataclasses
import os

import pytest

import fresh_python
import tiny
from cnnbook.training import TrainingError, fast_recipes, fused

#: Two epochs of batches are compared, and one epoch of weights: later, the last digits of a tiny network drift apart.
COMPARE = """
import dataclasses
import numpy as np
import tiny
from cnnbook import training
from cnnbook.training import budget, fast_recipes, fused

recipe = dataclasses.replace(fast_recipes.BY_WORK[0], arguments={"filters": [4, 4, 4]}, batch_size=40)
train = fused.FusedTraining(recipe, 2, tiny.DATA)
course = train.course(seed=3)
batches = training.batches_of(recipe, 3, tiny.DATA.x_train, tiny.DATA.y_train)
for place, share in enumerate(course["share"]):
    size = recipe.size(share)
    images, targets = train.batch({name: values[place] for name, values in course.items()}, size)
    expected, expected_targets = batches[place % len(batches)]
    np.testing.assert_allclose(images, budget.resized(expected, size), atol=1e-3)
    np.testing.assert_array_equal(targets, expected_targets)
    rates = sorted(budget.rate(recipe, share) * highest for highest in (0.24, 0.5, 0.5 * 64))
    np.testing.assert_allclose(np.sort(course["rates"][place]), rates, rtol=1e-5)
    if place % len(batches) == len(batches) - 1:
        batches.on_epoch_end()
print(sorted({recipe.size(share) for share in course["share"]}))

train = fused.FusedTraining(recipe, 1, tiny.DATA)
train(0)  # what the runs share must not remember one
model, seconds = train(3)
expected, _ = budget.train_for(recipe, 3, 1, tiny.DATA, per="epochs")
for one, other in zip(model.variables, expected.variables, strict=True):
    np.testing.assert_allclose(one.numpy(), other.numpy(), atol=2e-3, err_msg=one.path)
begun = train.new_model(3)
print([one.path for one, other in zip(model.trainable_variables, begun.trainable_variables)
       if np.abs(one.numpy() - other.numpy()).max() < 0.01])
"""


@pytest.mark.slow
def test_a_fused_training_sees_the_images_and_gives_the_weights_of_one_step_by_step():
    printed = fresh_python.run(COMPARE, env=os.environ | {"KERAS_BACKEND": "jax"})
    sizes, unmoved = printed.splitlines()
    assert sizes == "[20, 26, 32]"
    assert unmoved == "[]"


def test_another_backend_is_refused():
    with pytest.raises(TrainingError, match="Keras computes with tensorflow; set KERAS_BACKEND to jax"):
        fused.FusedTraining(fast_recipes.BY_WORK[0], 3, tiny.DATA)


def test_batches_of_two_sizes_are_refused(monkeypatch):
    monkeypatch.setattr(fused.keras.backend, "backend", lambda: "jax")
    recipe = dataclasses.replace(fast_recipes.BY_WORK[0], batch_size=60)
    with pytest.raises(TrainingError, match="batches of 60 do not divide the 200 training images"):
        fused.FusedTraining(recipe, 3, tiny.DATA)

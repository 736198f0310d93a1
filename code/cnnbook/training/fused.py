"""A whole training as a few programs of JAX: for a GPU, which would wait for Python between the steps.

The images lie on the device, each batch is cut out, mirrored and resized there, and a scan goes through all steps whose
images have one size. The course is that of `cnnbook.training.budget` in epochs, from the same random numbers.
"""

import time
from functools import partial

import keras
import numpy as np
from keras import ops

from cnnbook import training
from cnnbook.data import CIFAR10
from cnnbook.training import budget
from cnnbook.training.recipe import FastRecipe, TrainingError


class FusedTraining:
    """Trainings of one recipe; the first compiles, those after it find the programs ready.

    Parameters
    ----------
    recipe : cnnbook.training.recipe.FastRecipe
    epochs : int
    data : cnnbook.data.CIFAR10
        The recipe's batch size has to divide its number of training images.

    Raises
    ------
    TrainingError
        If Keras computes with something else than JAX, or an epoch has a smaller last batch.
    """

    def __init__(self, recipe: FastRecipe, epochs: int, data: CIFAR10):
        if keras.backend.backend() != "jax":
            raise TrainingError(f"Keras computes with {keras.backend.backend()}; set KERAS_BACKEND to jax")
        if len(data.x_train) % recipe.batch_size:
            raise TrainingError(
                f"recipe {recipe.name!r}: batches of {recipe.batch_size} do not divide the {len(data.x_train)} "
                f"training images; all steps of a scan have to look alike"
            )
        import jax

        self.recipe, self.epochs, self.data = recipe, epochs, data
        around = ((0, 0), (recipe.shift, recipe.shift), (recipe.shift, recipe.shift), (0, 0))
        padded = np.pad(data.x_train, around, mode="reflect")
        self._images = jax.device_put((padded, data.y_train))  # an argument: closed over, they would be compiled in
        self._model = self.new_model(seed=0)  # what its layers compute; the values come from the run
        self._highest = [float(one.learning_rate) for one in _optimizers(self._model)]
        self._run = jax.jit(self._steps, static_argnames="size", donate_argnames="state")

    def __call__(self, seed: int) -> tuple[keras.Model, float]:
        """Train from `seed`; gives the network, and the seconds from its first random numbers to its last step.

        A `TrainingError` says that a loss was NaN or infinite.
        """
        import jax

        began = time.perf_counter()
        model = self.new_model(seed)
        variables = (model.trainable_variables, model.non_trainable_variables, model.optimizer.variables)
        state = [[variable.value for variable in those] for those in variables]
        course = self.course(seed)
        sizes = np.array([self.recipe.size(share) for share in course.pop("share")])
        losses = []
        for size in dict.fromkeys(sizes.tolist()):
            part = {name: values[sizes == size] for name, values in course.items()}
            state, of_part = self._run(state, part, self._images, size=size)
            losses.append(of_part)
        jax.block_until_ready(state)
        seconds = time.perf_counter() - began
        if not all(np.isfinite(of_part).all() for of_part in losses):
            raise TrainingError(f"recipe {self.recipe.name!r}, seed {seed}: a loss was NaN or infinite")
        for those, values in zip(variables, state, strict=True):
            for variable, value in zip(those, values, strict=True):
                variable.assign(value)
        return model, seconds

    def new_model(self, seed: int) -> keras.Model:
        """The network before its training, compiled."""
        keras.utils.set_random_seed(seed)
        model = training.build(self.recipe, seed)
        training.compile_model(model, self.recipe, seed)
        model.optimizer.build(model.trainable_variables)
        return model

    def course(self, seed: int) -> dict[str, np.ndarray]:
        """What each step does: arrays of as many rows as there are steps.

        `images`, their numbers, and whether they are `mirrored`: (steps, batch); their `corners` in the padded ones:
        (steps, batch, 2); the `rates`: (steps, optimizers); and the `share` of the training that has gone: (steps,).
        """
        recipe, count = self.recipe, len(self.data.x_train)
        batches = training.batches_of(recipe, seed, self.data.x_train, self.data.y_train)
        drawn: dict[str, list] = {"images": [], "mirrored": [], "corners": []}
        for _ in range(self.epochs):
            images, mirrored, offsets = batches.drawn()
            # An image moved right and then mirrored is one mirrored and then moved left.
            offsets = np.where(mirrored[:, None] & [False, True], -offsets, offsets)
            for name, values in zip(drawn, (images, mirrored, recipe.shift - offsets), strict=True):
                drawn[name].append(values.reshape(len(batches), recipe.batch_size, *values.shape[1:]))
            batches.on_epoch_end()
        course = {name: np.concatenate(values) for name, values in drawn.items()}
        course["share"] = np.arange(len(course["images"])) * recipe.batch_size / count / self.epochs
        rates = [budget.rate(recipe, share) for share in course["share"]]
        return course | {"rates": np.outer(rates, self._highest).astype("float32")}

    def _steps(self, state, course, images, size):
        import jax

        return jax.lax.scan(partial(self._step, all_images=images, size=size), state, course)

    def _step(self, state, step, all_images, size):
        import jax

        trainable, others, of_optimizer = state
        images, targets = self._batch(step, all_images, size)

        def loss_of(trainable):
            probabilities, updated = self._model.stateless_call(trainable, others, images, training=True)
            return self._model.loss(targets, probabilities), updated

        (loss, others), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable)
        of_optimizer = list(of_optimizer)
        for number, place in enumerate(self._places_of_rates()):
            of_optimizer[place] = step["rates"][number]
        trainable, of_optimizer = self._model.optimizer.stateless_apply(of_optimizer, gradients, trainable)
        return [list(trainable), list(others), list(of_optimizer)], loss

    def batch(self, step: dict, size: int):
        """What a step of the `course` sees: images, (batch, `size`, `size`, channels), uint8 or, where they were
        resized, float32; and one-hot targets, (batch, classes).
        """
        return self._batch(step, self._images, size)

    def _batch(self, step, all_images, size):
        import jax

        padded, labels = all_images

        _, height, width, channels = self.data.x_train.shape
        cut = jax.vmap(lambda image, corner: jax.lax.dynamic_slice(image, (*corner, 0), (height, width, channels)))
        images = cut(padded[step["images"]], step["corners"])
        images = ops.where(step["mirrored"][:, None, None, None], images[:, :, ::-1], images)
        if size != height:
            images = ops.image.resize(ops.cast(images, "float32"), (size, size), antialias=True)
        return images, ops.one_hot(labels[step["images"]], self._model.output_shape[-1])

    def _places_of_rates(self):
        """Where the learning rates stand among the variables of the optimizer."""
        rates = [id(one._learning_rate) for one in _optimizers(self._model)]
        places = {id(variable): place for place, variable in enumerate(self._model.optimizer.variables)}
        return [places[rate] for rate in rates]


def _optimizers(model):
    return getattr(model.optimizer, "optimizers", [model.optimizer])

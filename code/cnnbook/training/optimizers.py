"""Steps that fit the kind of a variable: Muon for the kernels of convolutions, and rates of their own for some others.

Keras' own Muon steps matrices alone and leaves every kernel of a convolution to Adam.
"""

import math
from collections.abc import Mapping

import keras
from keras import ops

#: Of the polynomial that Muon applies to the singular values: after a few times all but the smallest lie between 0.7
#: and 1.2.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_TINY = 1e-7


@keras.saving.register_keras_serializable(package="cnnbook")
class Muon(keras.optimizers.Optimizer):
    """Momentum, made as strong along each direction, for kernels of convolutions as matrices of filters and patches.

    After K. Jordan and others, "Muon: an optimizer for hidden layers in neural networks", 2024. Each kernel is brought
    to one size before its step, so that the learning rate alone says how far a step turns it; batch normalisation after
    it takes the size out again.

    Parameters
    ----------
    learning_rate : float
        The spectral norm of a step is about this much; a kernel's norm is the root of the number of its filters.
    momentum : float
        Share of the gradients so far that goes on counting; a step looks ahead, as Nesterov's does.
    iterations : int
        How often the polynomial is applied.
    """

    def __init__(self, learning_rate=0.24, momentum=0.6, iterations=3, name="muon", **options):
        super().__init__(learning_rate=learning_rate, name=name, **options)
        self.momentum, self.polynomial_iterations = momentum, iterations

    def build(self, variables):
        """Give every kernel its momentum."""
        if not self.built:
            super().build(variables)
            self._momenta = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        """Step one kernel, (height, width, channels, filters)."""
        momentum = self._momenta[self._get_variable_index(variable)]
        self.assign(momentum, ops.add(ops.multiply(momentum, self.momentum), gradient))
        ahead = ops.add(gradient, ops.multiply(momentum, self.momentum))
        matrix = ops.transpose(ops.reshape(ahead, (-1, variable.shape[-1])))  # a row for each filter
        step = ops.reshape(ops.transpose(orthogonalised(matrix, self.polynomial_iterations)), variable.shape)
        size = math.sqrt(variable.shape[-1]) / (_norm(variable) + _TINY)
        self.assign(variable, ops.subtract(ops.multiply(variable, size), ops.multiply(step, learning_rate)))

    def get_config(self):
        """What a copy of it is made from."""
        return super().get_config() | {"momentum": self.momentum, "iterations": self.polynomial_iterations}


def orthogonalised(matrix, iterations):
    """About the nearest matrix with orthonormal rows, or columns where these are fewer: singular values near 1.

    A polynomial of the matrix needs no singular value decomposition: with `a`, `b`, `c` each singular value `s` becomes
    `a s + b s³ + c s⁵`.

    Parameters
    ----------
    matrix : tensor, (rows, columns)
    iterations : int

    Returns
    -------
    tensor, (rows, columns)
    """
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = ops.transpose(matrix) if tall else matrix
    x = ops.divide(x, _norm(x) + _TINY)  # no singular value is above 1
    for _ in range(iterations):
        square = ops.matmul(x, ops.transpose(x))
        x = a * x + ops.matmul(b * square + c * ops.matmul(square, square), x)
    return ops.transpose(x) if tall else x


def by_variable(optimizer: keras.optimizers.Optimizer, rates: Mapping[str, float], muon: Mapping | None):
    """Keras' optimizer that steps most variables as `optimizer` does, and some at another rate or as Muon.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
    rates : mapping
        By regular expressions of variables' paths (``"norm.*/beta"``): how many times the rate is theirs. Weight decay
        stays what it is.
    muon : mapping or None
        Arguments of `Muon`, which then steps the variables whose path matches ``"conv.*/kernel"``.
    """
    chosen = {path: _at_rate(optimizer, times) for path, times in rates.items()}
    if muon is not None:
        chosen["conv.*/kernel"] = Muon(**muon)
    return keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(optimizer, chosen))


def _at_rate(optimizer, times):
    config = optimizer.get_config()
    config["learning_rate"] *= times
    if config["weight_decay"]:  # Keras multiplies it with the rate
        config["weight_decay"] /= times
    return type(optimizer).from_config(config)


def _norm(tensor):
    return ops.sqrt(ops.sum(ops.square(tensor)))

"""Keras' layers as descriptions: sizes and options without weights, for the exercise that counts them in a page.

A browser has no Keras. The worker registers this module as ``keras``, so that the exercise's own code and its checker
run unchanged; any other name of Keras is refused in one sentence, and an argument that is not here by Python itself.
`tests/booksite/test_run.py` holds every attribute against Keras.
"""

import math
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

from cnnbook.shapes import conv_parameters, dense_parameters, output_size

REFUSAL = (
    "Keras does not run in this page: here it has only Sequential and the layers Input, Conv2D, Dense, ReLU, "
    "MaxPooling2D, AveragePooling2D, Flatten and Dropout, as descriptions without weights. The page's notebook can "
    "have all of it."
)

Shape = tuple[int | None, ...]


class Layer:
    """A layer that knows its input and its output once it is in a model."""

    input: SimpleNamespace
    output: SimpleNamespace

    def take(self, shape: Shape) -> Shape:
        """Note the shape of the input; gives that of the output."""
        self.input, self.output = SimpleNamespace(shape=shape), SimpleNamespace(shape=self.output_shape(shape))
        return self.output.shape

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def count_params(self) -> int:
        return 0

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{type(self).__name__} has no {name} here. {REFUSAL}")


class InputLayer:
    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape: Shape = (None, *shape)


class _Window(Layer):
    """What slides a window over rows and columns."""

    def __init__(self, window: Any, strides: Any, padding: str, dilation_rate: Any = 1) -> None:
        self._window, self.strides = _pair(window), _pair(strides)
        self.padding, self.dilation_rate = padding, _pair(dilation_rate)

    def output_shape(self, shape: Shape) -> Shape:
        rows, columns = (
            output_size(n, k, stride=s, padding=self.padding, dilation=d)
            for n, k, s, d in zip(shape[1:3], self._window, self.strides, self.dilation_rate, strict=True)
        )
        return shape[0], rows, columns, shape[3]


class Conv2D(_Window):
    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", dilation_rate: Any = 1,
        activation: Any = None, use_bias: bool = True, name: str = "conv2d",
    ) -> None:  # fmt: skip
        super().__init__(kernel_size, strides, padding, dilation_rate)
        self.filters, self.kernel_size, self.use_bias, self.name = filters, self._window, use_bias, name

    def output_shape(self, shape: Shape) -> Shape:
        return (*super().output_shape(shape)[:3], self.filters)

    def count_params(self) -> int:
        return conv_parameters(self.kernel_size, self.input.shape[-1], self.filters, bias=self.use_bias)


class Dense(Layer):
    def __init__(self, units: int, activation: Any = None, use_bias: bool = True, name: str = "dense") -> None:
        self.units, self.use_bias, self.name = units, use_bias, name

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def count_params(self) -> int:
        return dense_parameters(self.input.shape[-1], self.units, bias=self.use_bias)


class _Pooling(_Window):
    def __init__(self, pool_size: Any = 2, strides: Any = None, padding: str = "valid", name: str = "pooling") -> None:
        super().__init__(pool_size, strides or pool_size, padding)
        self.pool_size, self.name = self._window, name


class MaxPooling2D(_Pooling): ...


class AveragePooling2D(_Pooling): ...


class ReLU(Layer):
    name = "re_lu"


class Flatten(Layer):
    name = "flatten"

    def output_shape(self, shape: Shape) -> Shape:
        return shape[0], math.prod(n or 1 for n in shape[1:])


class Dropout(Layer):
    name = "dropout"

    def __init__(self, rate: float) -> None:
        self.rate = rate


class Sequential:
    """A stack of layers that begins with an input."""

    def __init__(self, layers: list[Any]) -> None:
        first, *self.layers = layers
        self.inputs = [SimpleNamespace(shape=first.shape)]
        shape = first.shape
        for layer in self.layers:
            shape = layer.take(shape)

    def count_params(self) -> int:
        return sum(layer.count_params() for layer in self.layers)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a model has no {name} here. {REFUSAL}")


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def _refuse(name: str) -> Any:
    if name.startswith("__"):  # Python itself asks for these
        raise AttributeError(name)
    raise ImportError(REFUSAL)


def register() -> None:
    """Let ``import keras`` find these descriptions."""
    layers, keras = ModuleType("keras.layers"), ModuleType("keras")
    kinds = (Conv2D, Dense, ReLU, MaxPooling2D, AveragePooling2D, Flatten, Dropout)
    vars(layers).update({kind.__name__: kind for kind in kinds}, Input=InputLayer, __getattr__=_refuse)
    vars(keras).update(layers=layers, Sequential=Sequential, Model=Sequential, Input=InputLayer, __getattr__=_refuse)
    vars(keras)["__path__"] = []
    sys.modules.update({"keras": keras, "keras.layers": layers})

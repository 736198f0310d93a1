"""The shared module of the book: convolution arithmetic, CIFAR-10, recorded experiments, figures.

Importing the package loads none of its rooms, so it takes milliseconds; import what you need, for example
``from cnnbook import shapes``.
"""

__version__ = "0.1.0"


class CnnBookError(Exception):
    """Base of the package's own errors. The message says what was got, what was expected, and what to do."""

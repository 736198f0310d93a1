"""The sizes of dilated pooling, which PyTorch and the reference have and Keras has not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbook import conventions, reference, shapes


def size_or_none(size, *args, **options):
    try:
        return size(*args, **options)
    except ValueError:
        return None


@given(st.integers(1, 40), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2), st.integers(1, 4))
def test_dilated_pooling_has_as_many_windows_as_the_reference_takes(n, kernel_size, stride, padding, dilation):
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    row = np.ones((1, 1, n, 1))
    pooled = size_or_none(
        reference.max_pool2d, row, (1, kernel_size), stride=stride, padding=(0, padding), dilation=(1, dilation)
    )
    expected = None if pooled is None or not pooled.size or padding > kernel_size // 2 else pooled.shape[2]
    assert size_or_none(conventions.pytorch_pool_size, n, kernel_size, **options) == expected
    if expected is not None:
        # Rounded up: one window more if cells are left over, unless it would start behind the input.
        over = (n + 2 * padding - shapes.kernel_span(kernel_size, dilation)) % stride
        more = bool(over) and expected * stride < n + padding
        assert conventions.pytorch_pool_size(n, kernel_size, ceil_mode=True, **options) == expected + more


def test_the_size_of_a_dilated_pooling():
    assert conventions.pytorch_pool_size(32, 3, stride=2, dilation=2) == 14
    with pytest.raises(ValueError, match="the kernel spans 9 cells"):
        conventions.pytorch_pool_size(8, 3, dilation=4)

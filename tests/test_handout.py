"""Exercise 1 by hand: every number below was worked out on paper from figures 1 and 2, not by the code under test."""

import numpy as np
import pytest

from cnnbook import handout, reference, shapes

# y[i] = x[i] - x[i + 2], on x = (2, -1, 0, 3, 1, -2, 1), with a zero on each side where P = 1.
BY_HAND_1D = {
    (1, 0): [2 - 0, -1 - 3, 0 - 1, 3 - (-2), 1 - 1],
    (2, 0): [2 - 0, 0 - 1, 1 - 1],
    (4, 0): [2 - 0, 1 - 1],
    (1, 1): [0 - (-1), 2 - 0, -1 - 3, 0 - 1, 3 - (-2), 1 - 1, -2 - 0],
    (4, 1): [0 - (-1), 3 - (-2)],
}
FILTER_1 = [[9, 8, 8], [5, 6, 8], [8, 6, 10]]
FILTER_2 = [[3, 0, 0], [1, 3, -1], [0, 0, 0]]


def convolve(row, weights, stride, padding):
    return reference.conv1d(row[None, :, None], weights[:, None, None], stride=stride, padding=padding)[0, :, 0]


def test_all_five_settings_are_worked():
    assert set(handout.SETTINGS_1D) == set(BY_HAND_1D)


@pytest.mark.parametrize(("stride", "padding"), BY_HAND_1D)
def test_figure_1(stride, padding):
    expected = BY_HAND_1D[stride, padding]
    assert convolve(handout.X, handout.W, stride, padding).tolist() == expected
    assert shapes.output_size(7, 3, stride=stride, padding=padding) == len(expected)


def test_only_stride_1_and_padding_1_keep_the_size():
    kept = [setting for setting in BY_HAND_1D if len(convolve(handout.X, handout.W, *setting)) == len(handout.X)]
    assert kept == [(1, 1)]


def test_the_cells_that_are_never_seen():
    assert shapes.seen(7, 3, stride=4, padding=1) == [(-1, 0, 1), (3, 4, 5)]
    assert shapes.unseen(7, 3, stride=4, padding=1) == [2, 6]
    assert shapes.unseen(7, 3, stride=4) == [3]
    assert [shapes.unseen(7, 3, stride=s, padding=p) for s, p in ((1, 0), (2, 0), (1, 1))] == [[], [], []]


def test_figure_2():
    y = reference.conv2d(handout.VOLUME[None], handout.FILTERS, handout.BIAS)
    assert y.shape == (1, 3, 3, 2)  # two filters, so two activation maps
    assert y[0, :, :, 0].tolist() == FILTER_1
    assert y[0, :, :, 1].tolist() == FILTER_2


def test_figure_2_with_stride_2():
    y = reference.conv2d(handout.VOLUME[None], handout.FILTERS, handout.BIAS, stride=2)
    assert y.shape == (1, 2, 2, 2)
    assert y[0, :, :, 0].tolist() == [[9, 8], [8, 10]]
    assert y[0, :, :, 1].tolist() == [[3, 0], [0, 0]]


def test_the_first_cell_of_filter_1_product_by_product():
    products = reference.products(handout.VOLUME, handout.FILTERS, row=0, column=0, filter=0)
    assert products.shape == (2, 2, 3)
    assert products[:, :, 0].tolist() == [[2, 1], [0, 0]]  # R: 2*1 + 1*1 + 2*0 + 0*0
    assert products[:, :, 1].tolist() == [[0, 0], [0, 2]]  # G: 0*1 + 2*0 + 0*0 + 2*1
    assert products[:, :, 2].tolist() == [[0, 0], [2, 1]]  # B: 0*0 + 2*0 + 2*1 + 1*1
    assert products.sum() + handout.BIAS[0] == FILTER_1[0][0]


@pytest.mark.parametrize(("kernel_size", "padding"), [(1, 0), (3, 1), (5, 2)])
def test_what_keeps_the_spatial_size_of_figure_2(kernel_size, padding):
    assert shapes.output_size(4, kernel_size, stride=1, padding=padding) == 4
    filters = np.ones((kernel_size, kernel_size, 3, 2))
    assert reference.conv2d(handout.VOLUME[None], filters, padding=padding).shape == (1, 4, 4, 2)


def test_the_parameters_of_figure_2():
    assert shapes.conv_parameters(2, 3, 2) == handout.FILTERS.size + handout.BIAS.size == 26

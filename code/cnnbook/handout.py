"""The numbers of the worked examples, in one place: figures 1 and 2 of the practical.

Text, figures, worksheets and tests all read them from here.

The practical's figure 1 has lost its numbers, and figure 2 the blue slices of both filters; those are ours.
Everything else is the practical's.
"""

import numpy as np

# Figure 1: one dimension, no bias.
X = np.array([2, -1, 0, 3, 1, -2, 1])
W = np.array([1, 0, -1])

# The five settings of exercise 1 a), as (stride, padding on each side).
SETTINGS_1D = ((1, 0), (2, 0), (4, 0), (1, 1), (4, 1))

# Figure 2: a volume of height 4, width 4 and 3 channels, here one plane a channel: (channel, height, width).
CHANNELS = ("R", "G", "B")
_INPUT_PLANES = np.array(
    [
        [[2, 1, 0, 2], [2, 0, 1, 2], [0, 2, 1, 2], [0, 0, 1, 0]],
        [[0, 2, 2, 1], [0, 2, 2, 1], [2, 0, 2, 0], [1, 1, 0, 2]],
        [[0, 2, 0, 0], [2, 1, 1, 1], [2, 0, 0, 2], [0, 2, 0, 2]],
    ]
)
_FILTER_PLANES = np.array(
    [
        [[[1, 1], [0, 0]], [[1, 0], [0, 1]], [[0, 0], [1, 1]]],  # filter 1
        [[[0, 1], [1, 0]], [[-1, 0], [0, 1]], [[1, 0], [0, -1]]],  # filter 2
    ]
)

VOLUME = np.moveaxis(_INPUT_PLANES, 0, -1)  # (height, width, channels) = (4, 4, 3)
FILTERS = np.moveaxis(_FILTER_PLANES, (0, 1), (-1, -2))  # (height, width, channels, filters) = (2, 2, 3, 2)
BIAS = np.array([1, -1])  # one for each filter

"""How sure a number is: spread over seeds, intervals, paired differences, and what 10,000 test images can tell.

Taught on the page *Ask how sure a number is*. The statistics are SciPy's; this module gives them the book's words.
"""

from typing import NamedTuple

import numpy as np

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean and the interval around it that holds the true one with a stated confidence; `n` values went in."""

    mean: float
    low: float
    high: float
    n: int

    def overlaps(self, other):
        """Whether two intervals have a point in common."""
        return self.low <= other.high and other.low <= self.high


class Disagreement(NamedTuple):
    """Two classifiers on the same images: how many only the first got right, how many only the second, and p.

    `p` is the chance to see counts as unequal or more so, were both as good as each other.
    """

    only_first: int
    only_second: int
    p: float


def mean_sd(values):
    """Mean and standard deviation (of the sample, over n - 1) of one figure over several seeds.

    Raises
    ------
    ValueError
        If there are fewer than two values.

    Examples
    --------
    >>> mean_sd([1.0, 2.0, 3.0])
    (2.0, 1.0)
    """
    values = _at_least_two(values)
    return float(np.mean(values)), float(np.std(values, ddof=1))


def interval(values, *, confidence=CONFIDENCE):
    """Confidence interval of the mean over seeds, by Student's t, which takes the values to be about normal.

    Parameters
    ----------
    values : iterable of float
        One for each seed, at least two.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Interval

    Examples
    --------
    >>> [round(x, 2) for x in interval([62.0, 62.4, 62.8])]
    [62.4, 61.41, 63.39, 3]
    """
    from scipy import stats

    values = _at_least_two(values)
    mean, sd = mean_sd(values)
    half = float(stats.t.ppf((1 + confidence) / 2, len(values) - 1)) * sd / len(values) ** 0.5
    return Interval(mean, mean - half, mean + half, len(values))


def paired(ones, others, *, confidence=CONFIDENCE):
    """Interval of the mean difference `ones` minus `others`, seed by seed.

    Where two sequences have different lengths, the seeds that both have count.

    Examples
    --------
    >>> paired([62.0, 62.4, 62.8], [61.0, 61.5, 61.7, 50.0]).n
    3
    """
    return interval([one - other for one, other in zip(ones, others, strict=False)], confidence=confidence)


def accuracy_interval(right, images, *, confidence=CONFIDENCE):
    """Wilson's interval of an accuracy that was measured once, on `images` images of which `right` were right.

    It is about the accuracy over all images like these, and says nothing of another training.

    Returns
    -------
    Interval
        Accuracies in percent; `n` is the number of images.

    Examples
    --------
    >>> [round(x, 2) for x in accuracy_interval(6240, 10_000)]
    [62.4, 61.45, 63.34, 10000]
    """
    from scipy import stats

    if not 0 <= right <= images or images < 1:
        raise ValueError(f"expected between 0 and {images} right answers of at least 1 image, was given {right}")
    low, high = stats.binomtest(int(right), int(images)).proportion_ci(confidence, method="wilson")
    return Interval(100 * right / images, float(100 * low), float(100 * high), int(images))


def disagreement(first, second, labels):
    """McNemar's exact test: two classifiers on the same images, compared where only one of them is right.

    Parameters
    ----------
    first, second, labels : array_like of int, (images,)

    Returns
    -------
    Disagreement

    Examples
    --------
    >>> disagreement([0, 1, 1, 1], [0, 1, 0, 0], [0, 1, 1, 1])
    Disagreement(only_first=2, only_second=0, p=0.5)
    """
    from scipy import stats

    first, second, labels = np.asarray(first), np.asarray(second), np.asarray(labels)
    if not first.shape == second.shape == labels.shape:
        raise ValueError(
            f"expected predictions and labels of the same images, was given shapes {first.shape}, {second.shape} and "
            f"{labels.shape}"
        )
    only_first = int(np.sum((first == labels) & (second != labels)))
    only_second = int(np.sum((first != labels) & (second == labels)))
    differing = only_first + only_second
    p = float(stats.binomtest(only_first, differing).pvalue) if differing else 1.0
    return Disagreement(only_first, only_second, p)


def _at_least_two(values):
    values = [float(value) for value in values]
    if len(values) < 2:
        raise ValueError(f"a spread needs at least two values, was given {len(values)}; record more seeds")
    return values

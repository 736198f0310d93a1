"""How sure a number is: the spread over seeds, confidence intervals, paired differences, McNemar's test.

Taught on the page *Ask how sure a number is*. The statistics are SciPy's; this module gives them the book's names.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean of `n` values, and the interval from `low` to `high` that holds the true mean with a stated confidence."""

    mean: float
    low: float
    high: float
    n: int

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two intervals have a point in common."""
        return self.low <= other.high and other.low <= self.high

    def __format__(self, form: str) -> str:
        """The mean with its interval behind it, each number in the form that is asked for.

        >>> f"{Interval(62.4, 61.41, 63.39, 3):+.1f}"
        '+62.4 [+61.4, +63.4]'
        """
        return f"{self.mean:{form}} [{self.low:{form}}, {self.high:{form}}]"


class Disagreement(NamedTuple):
    """Two classifiers on the same images: how many only the first got right, how many only the second, and p.

    `p` is the probability of counts at least as unequal as these if both classifiers were equally good.
    """

    only_first: int
    only_second: int
    p: float


def mean_sd(values: Iterable[float]) -> tuple[float, float]:
    """Mean and standard deviation (of the sample, over n - 1) of a number over several seeds.

    Raises
    ------
    ValueError
        If there are fewer than two values.

    Examples
    --------
    >>> mean_sd([1.0, 2.0, 3.0])
    (2.0, 1.0)
    """
    numbers = _at_least_two(values)
    return float(np.mean(numbers)), float(np.std(numbers, ddof=1))


def interval(values: Iterable[float], *, confidence: float = CONFIDENCE) -> Interval:
    """Confidence interval of the mean over seeds, by Student's t, which assumes values that are about normal.

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
    numbers = _at_least_two(values)
    mean, sd = mean_sd(numbers)
    half = student_t(len(numbers), confidence=confidence) * sd / len(numbers) ** 0.5
    return Interval(mean, mean - half, mean + half, len(numbers))


def student_t(n: int, *, confidence: float = CONFIDENCE) -> float:
    """How many standard errors the interval of the mean of `n` values reaches to each side.

    Taught in `experiments/how-sure`, section *An interval for the mean*.

    Examples
    --------
    >>> [round(student_t(n), 3) for n in (2, 3, 5, 10)]
    [12.706, 4.303, 2.776, 2.262]
    """
    from scipy import stats

    return float(stats.t.ppf((1 + confidence) / 2, n - 1))


def paired(first: Iterable[float], second: Iterable[float], *, confidence: float = CONFIDENCE) -> Interval:
    """Confidence interval of the mean difference `first` minus `second`, seed by seed.

    If one has values for more seeds than the other, only the seeds that both have count.

    Examples
    --------
    >>> paired([62.0, 62.4, 62.8], [61.0, 61.5, 61.7, 50.0]).n
    3
    """
    return interval([a - b for a, b in zip(first, second, strict=False)], confidence=confidence)


def accuracy_interval(right: int, images: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's interval of an accuracy that was measured once: `right` correct answers on `images` images.

    It is about the accuracy of this network over all images like these, and says nothing about another training.

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
        raise ValueError(f"expected between 0 and {images} right answers of at least 1 image, got {right}")
    low, high = stats.binomtest(int(right), int(images)).proportion_ci(confidence, method="wilson")
    return Interval(100 * right / images, float(100 * low), float(100 * high), int(images))


def disagreement(first, second, labels) -> Disagreement:
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
            f"expected predictions and labels of the same images, got shapes {first.shape}, {second.shape} and "
            f"{labels.shape}"
        )
    only_first = int(np.sum((first == labels) & (second != labels)))
    only_second = int(np.sum((first != labels) & (second == labels)))
    differing = only_first + only_second
    p = float(stats.binomtest(only_first, differing).pvalue) if differing else 1.0
    return Disagreement(only_first, only_second, p)


def _at_least_two(values):
    numbers = [float(value) for value in values]
    if len(numbers) < 2:
        raise ValueError(f"a standard deviation needs at least two values, got {len(numbers)}; record more seeds")
    return numbers

"""Time `cnnbook.reference.conv2d` against naive Python loops and against Keras, on the same input, in one process.

64 images of 32x32x3 and 32 filters of 3x3 in single precision, padding "same": the first layer of the book's simple
CNN. All three compute the whole batch. They take turns, so that a busy machine slows all of them alike, and each round
gives one ratio of times; the median of these ratios is held against the target. Keras and NumPy may use every core.

    python benchmarks/convolution.py [--rounds N]

Exit code 0 if the reference is at least 100 times faster than the loops and takes at most 5 times as long as Keras,
1 if not.
"""

import argparse
import os
import platform
import statistics
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before the import of Keras; TensorFlow greets on stderr

import keras
import numpy as np
from tqdm import tqdm

from cnnbook import reference

FASTER_THAN_LOOPS = 100
SLOWER_THAN_KERAS = 5
BATCH, SIZE, CHANNELS, FILTERS, KERNEL_SIZE = 64, 32, 3, 32, 3
CALLS = 10  # of the two fast ones in each round; a round's time is the median of its calls


def loops(images, kernel, bias):
    """Convolve as one would write it first: a loop for every index, on lists, which Python reads faster than arrays."""
    before = KERNEL_SIZE // 2
    output = []
    for image in images:
        rows = []
        for row in range(SIZE):
            cells = []
            for column in range(SIZE):
                sums = list(bias)
                for u in range(KERNEL_SIZE):
                    for v in range(KERNEL_SIZE):
                        y, x = row + u - before, column + v - before
                        if 0 <= y < SIZE and 0 <= x < SIZE:
                            for channel in range(CHANNELS):
                                value, weights = image[y][x][channel], kernel[u][v][channel]
                                for number in range(FILTERS):
                                    sums[number] += value * weights[number]
                cells.append(sums)
            rows.append(cells)
        output.append(rows)
    return output


def make_contestants():
    """Return the three as functions without arguments. What each needs as input is converted outside of the timing."""
    generator = np.random.default_rng(0)
    arrays = [
        generator.normal(size=shape).astype("float32")
        for shape in ((BATCH, SIZE, SIZE, CHANNELS), (KERNEL_SIZE, KERNEL_SIZE, CHANNELS, FILTERS), (FILTERS,))
    ]
    lists = [array.tolist() for array in arrays]
    tensors = [keras.ops.convert_to_tensor(array) for array in arrays]

    def keras_conv2d(x, kernel, bias):
        y = keras.ops.conv(x, kernel, padding="same", data_format="channels_last") + bias
        return keras.ops.convert_to_numpy(y)  # waits for the result on backends that answer before they are done

    return {
        "loops": lambda: loops(*lists),
        "reference": lambda: reference.conv2d(*arrays, padding="same"),
        "keras": lambda: keras_conv2d(*tensors),
    }


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(contestants, rounds):
    """Return the seconds of each contestant in each round."""
    times = {name: [] for name in contestants}
    for _ in tqdm(range(rounds), desc="rounds", disable=None):
        times["loops"].append(seconds(contestants["loops"]))
        calls = {"reference": [], "keras": []}
        for turn in range(CALLS):
            # Whoever comes second finds its input out of the cache, so they change places.
            for name in ("reference", "keras") if turn % 2 else ("keras", "reference"):
                calls[name].append(seconds(contestants[name]))
        for name, durations in calls.items():
            times[name].append(statistics.median(durations))
    return times


def ratios(numerators, denominators):
    return [numerator / denominator for numerator, denominator in zip(numerators, denominators, strict=True)]


def describe(label, values, unit, digits):
    numbers = (f"{value:>10.{digits}f}" for value in (statistics.median(values), min(values), max(values)))
    return f"{label:<32}" + "".join(numbers) + f"  {unit}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of some seconds each (default: 5)")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds must be at least 1; got {arguments.rounds}")

    contestants = make_contestants()
    outputs = {name: np.asarray(function()) for name, function in contestants.items()}  # warms all three up, too
    for name in ("loops", "keras"):
        np.testing.assert_allclose(outputs["reference"], outputs[name], rtol=1e-3, atol=1e-4, err_msg=name)
    times = measure(contestants, arguments.rounds)

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(
        f"{BATCH} images of {SIZE}x{SIZE}x{CHANNELS}, {FILTERS} filters {KERNEL_SIZE}x{KERNEL_SIZE}, "
        f"float32, padding same; {arguments.rounds} rounds\n"
        f"Python {platform.python_version()}, NumPy {np.__version__}, Keras {keras.__version__} on "
        f"{keras.backend.backend()}, {cores} cores, {platform.machine()}\n"
    )
    print(f"{'':<32}{'median':>10}{'min':>10}{'max':>10}")
    for name, durations in times.items():
        print(describe(name, [1000 * value for value in durations], "ms", 2))
    faster = ratios(times["loops"], times["reference"])
    slower = ratios(times["reference"], times["keras"])
    print(describe("loops / reference", faster, f"target: at least {FASTER_THAN_LOOPS}", 1))
    print(describe("reference / Keras", slower, f"target: at most {SLOWER_THAN_KERAS}", 2))
    met = statistics.median(faster) >= FASTER_THAN_LOOPS and statistics.median(slower) <= SLOWER_THAN_KERAS
    print("\nBoth targets are met." if met else "\nA target is missed.")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

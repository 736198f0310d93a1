"""Ends with exit code 1 unless TensorFlow sees a GPU and computes on it."""

import sys

import tensorflow as tf

from cnnbook.training import machine


def main():
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return (
            f"A GPU was asked for and TensorFlow {tf.__version__} sees none, only {machine.device()}: look at the "
            f"runner's driver, and whether TensorFlow was installed with CUDA."
        )
    with tf.device("GPU:0"):
        total = float(tf.reduce_sum(tf.ones((100, 100)) @ tf.ones((100, 100))))
    if total != 1e6:
        return f"{machine.device()} is seen, but adds up a product of matrices to {total} instead of 1000000."
    print(f"{len(gpus)} GPU: {machine.device()}, TensorFlow {tf.__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The input pipeline: every image once an epoch, in an order that the seed and the epoch decide."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tiny
from cnnbook.training.batches import Batches, shifted

IMAGES, TARGETS = tiny.DATA.x_train, np.eye(10, dtype="float32")[tiny.DATA.y_train]


def batches(**changes):
    return Batches(IMAGES, TARGETS, **{"batch_size": 30, "seed": 3} | changes)


def epoch(sequence):
    """Images and targets of one whole epoch."""
    parts = [sequence[number] for number in range(len(sequence))]
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def places(images):
    """Where in `IMAGES` each image stands."""
    known = {image.tobytes(): place for place, image in enumerate(IMAGES)}
    return [known[image.tobytes()] for image in images]


def test_an_epoch_holds_every_image_once_as_it_is_with_its_target():
    images, targets = epoch(batches())
    order = places(images)
    assert sorted(order) == list(range(len(IMAGES)))
    assert order != sorted(order)
    assert np.array_equal(targets, TARGETS[order])
    assert images.dtype == np.uint8


def test_the_last_batch_holds_what_is_left_over():
    sequence = batches()
    assert [len(sequence[number][0]) for number in range(len(sequence))] == [30] * 6 + [20]


def test_each_epoch_and_each_seed_has_its_own_order_and_repeats_it_in_batches_of_any_size():
    sequence = batches()
    first = places(epoch(sequence)[0])
    sequence.on_epoch_end()
    assert places(epoch(sequence)[0]) != first
    assert places(epoch(batches(batch_size=7))[0]) == first
    assert places(epoch(batches(seed=4))[0]) != first


def test_flipping_shows_each_image_both_ways_in_any_two_epochs():
    sequence = batches(flip=True)
    seen = []
    for _ in range(3):
        images, _ = epoch(sequence)
        order = np.random.default_rng([3, len(seen)]).permutation(len(IMAGES))
        pairs = list(zip(images, IMAGES[order], strict=True))
        mirrored = np.array([np.array_equal(image, original[:, ::-1]) for image, original in pairs])
        plain = np.array([np.array_equal(image, original) for image, original in pairs])
        assert np.all(mirrored ^ plain)
        seen.append(dict(zip(order, mirrored, strict=True)))
        sequence.on_epoch_end()
    assert all(seen[0][place] != seen[1][place] == (not seen[2][place]) for place in range(len(IMAGES)))
    assert 0.3 < np.mean(list(seen[0].values())) < 0.7


def test_shifts_cover_every_offset_and_no_more():
    sequence = batches(shift=2)
    offsets = sequence._offsets
    assert {tuple(offset) for offset in offsets.tolist()} == {(r, c) for r in range(-2, 3) for c in range(-2, 3)}
    images, _ = epoch(sequence)
    order = np.random.default_rng([3, 0]).permutation(len(IMAGES))
    assert np.array_equal(images, shifted(IMAGES[order], offsets[order], 2))
    assert not np.array_equal(images, IMAGES[order])


@settings(max_examples=50)
@given(
    rows=st.integers(-3, 3),
    columns=st.integers(-3, 3),
    images=st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).integers(0, 256, (2, 8, 8, 3))),
)
def test_a_shift_moves_the_inside_and_mirrors_at_the_border(rows, columns, images):
    """Against a loop over cells: cell (r, c) comes from (r - rows, c - columns), folded back at the borders."""
    moved = shifted(images, np.array([[rows, columns], [0, 0]]), 3)
    fold = [abs(place) if place < 8 else 14 - place for place in range(-3, 11)]
    for r in range(8):
        for c in range(8):
            assert np.array_equal(moved[0, r, c], images[0, fold[r - rows + 3], fold[c - columns + 3]])
    assert np.array_equal(moved[1], images[1])


@pytest.mark.parametrize("option", [{"flip": True}, {"shift": 1}])
def test_augmentation_leaves_the_data_set_alone(option):
    before = IMAGES.copy()
    epoch(batches(**option))
    assert np.array_equal(IMAGES, before)

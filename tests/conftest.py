"""The order of the tests, and how generated cases are chosen."""

import hypothesis

# A machine that does other things as well must not turn a right answer into a failure, and no run tries other cases.
hypothesis.settings.register_profile("book", deadline=None, derandomize=True)
hypothesis.settings.load_profile("book")


def pytest_collection_modifyitems(items):
    """Begin with the long ones, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)

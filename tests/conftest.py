"""The order of the tests."""


def pytest_collection_modifyitems(items):
    """Begin with the long ones, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)

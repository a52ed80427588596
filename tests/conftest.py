"""For all tests: what has been imported and collected by then is no garbage, and need not be walked in search of it."""

import gc


def pytest_collection_finish() -> None:
    """Put everything that is there aside."""
    gc.collect()
    gc.freeze()

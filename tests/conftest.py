"""For all tests: workers that share the processors, and a heap that need not be walked."""

import gc
import os

# threads of torch that wait for work spin by default, and take the processor from whatever else is being tested
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def pytest_collection_finish() -> None:
    """What has been imported and collected by now is no garbage: put it aside."""
    gc.collect()
    gc.freeze()

import os
import sys

folder = os.path.dirname(__file__)
sys.path[:] = [folder]
sys.path_importer_cache.clear()
os.environ["PYTHONPATH"] = folder
for name in ("msgspec", "json", "grader.protocol.codec"):
    sys.modules.pop(name, None)

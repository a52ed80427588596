"""What has to survive: files written durably, and the store of an output folder."""

from grader.store.durable import write_durably
from grader.store.key import installation_key
from grader.store.store import FOLDER, Store, StoredRun

__all__ = ["FOLDER", "Store", "StoredRun", "installation_key", "write_durably"]

"""Durable files, and the store of an output folder."""

from grader.store.durable import write_durably
from grader.store.lock import is_writing, only_writer
from grader.store.secret import installation_secret
from grader.store.store import FOLDER, Store, Stored

__all__ = ["FOLDER", "Store", "Stored", "installation_secret", "is_writing", "only_writer", "write_durably"]

import os

from .targets import KEPT_FILE

os.truncate(KEPT_FILE, 1)

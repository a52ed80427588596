import os

from .targets import KEPT_FILE

os.chmod(KEPT_FILE, 0o666)

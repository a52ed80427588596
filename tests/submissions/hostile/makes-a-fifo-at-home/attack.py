import os

from .targets import HOME

os.mkfifo(os.path.join(HOME, "pipe"))
os.unlink(os.path.join(HOME, "pipe"))

import os

from .targets import HOME

os.mkdir(os.path.join(HOME, "made"))
os.rmdir(os.path.join(HOME, "made"))

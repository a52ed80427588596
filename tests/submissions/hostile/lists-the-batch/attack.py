import os

from .targets import NEIGHBOUR_FILE

print(os.listdir(os.path.dirname(os.path.dirname(NEIGHBOUR_FILE))))

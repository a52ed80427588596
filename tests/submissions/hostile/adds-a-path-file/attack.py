import os

import numpy

from .targets import HOME

folder = os.path.dirname(os.path.dirname(numpy.__file__))
path = os.path.join(folder, "hostile-submission.pth")
with open(path, "w") as file:
    file.write("# harmless")
os.unlink(path)

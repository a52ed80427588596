import os
import tempfile

from .targets import HOME_FILE

link = os.path.join(tempfile.mkdtemp(), "mine.txt")
os.symlink(HOME_FILE, link)
with open(link) as file:
    print(file.read())

import os
import tempfile

from .targets import HOME_FILE

link = os.path.join(tempfile.mkdtemp(), "mine.txt")
try:
    os.link(HOME_FILE, link)
    with open(link) as file:
        print(file.read())
finally:
    if os.path.lexists(link):
        os.unlink(link)

import os
import tempfile

os.chdir(tempfile.mkdtemp())
try:
    for _ in range(1500):
        os.mkdir("x" * 50)
        os.chdir("x" * 50)
        os.chmod(".", 0o500 | 0o200)
    os.chmod("..", 0)
except OSError:
    pass
os.chdir("/")

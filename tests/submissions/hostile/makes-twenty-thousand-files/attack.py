import os
import tempfile

folder = tempfile.mkdtemp()
try:
    for number in range(20_000):
        os.close(os.open(os.path.join(folder, str(number)), os.O_CREAT | os.O_WRONLY))
except OSError:
    pass

import os
import tempfile

folder = tempfile.mkdtemp()
for number in range(100):
    with open(os.path.join(folder, str(number)), "wb") as file:
        file.write(b"x" * (10 << 20))
        file.flush()
        os.fsync(file.fileno())

import os
import tempfile
import time

kept = []
for _ in range(60):
    file = tempfile.TemporaryFile()
    file.write(b"x" * (10 << 20))
    file.flush()
    kept.append(file)
time.sleep(20)

import os
import time

if os.fork() == 0:
    end = time.monotonic() + 20
    for _ in range(2000):
        if os.fork() or time.monotonic() > end:
            os._exit(0)
    os._exit(0)

import os
import time

from .targets import SENTINEL

if os.fork() == 0:
    try:
        os.setsid()
    except OSError:
        pass
    if os.fork() == 0:
        for _ in range(20):
            time.sleep(1)
            try:
                with open(SENTINEL, "r+") as file:
                    file.write("touched by a daemon")
            except OSError:
                pass
    os._exit(0)

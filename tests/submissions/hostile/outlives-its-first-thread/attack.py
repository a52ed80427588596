import ctypes
import os
import threading
import time

from .targets import SENTINEL


def touch() -> None:
    for _ in range(20):
        time.sleep(1)
        try:
            with open(SENTINEL, "r+") as file:
                file.write("touched by a process that looks dead")
        except OSError:
            pass


if os.fork() == 0:
    try:
        os.setsid()
    except OSError:
        pass
    threading.Thread(target=touch).start()
    number = {"x86_64": 60, "aarch64": 93}[os.uname().machine]
    ctypes.CDLL(None).syscall(number, 0)  # ends this thread alone: the process is listed as one that has ended

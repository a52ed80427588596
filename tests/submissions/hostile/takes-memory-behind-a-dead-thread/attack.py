import ctypes
import os
import threading
import time


def hold() -> None:
    time.sleep(0.2)
    pages = bytearray(b"x") * (500 << 20)
    time.sleep(20 + len(pages) % 2)
    os._exit(0)


for _ in range(8):
    if os.fork() == 0:
        threading.Thread(target=hold).start()
        number = {"x86_64": 60, "aarch64": 93}[os.uname().machine]
        ctypes.CDLL(None).syscall(number, 0)  # from now on the process shows no memory under its own number
time.sleep(20)

import os
import time

for _ in range(8):
    if os.fork() == 0:
        block = bytearray(b"x") * (500 << 20)
        time.sleep(20)
        os._exit(len(block) == 0)
time.sleep(20)

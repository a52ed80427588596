import os
import time

children = []
for _ in range(200):
    pid = os.fork()
    if pid == 0:
        time.sleep(20)
        os._exit(0)
    children.append(pid)
time.sleep(20)

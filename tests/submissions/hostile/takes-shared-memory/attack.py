import mmap
import time

blocks = []
for _ in range(40):
    block = mmap.mmap(-1, 100 << 20)
    for start in range(0, 100 << 20, 4096):
        block[start] = 1
    blocks.append(block)
time.sleep(20)

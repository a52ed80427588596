import fcntl
import os

import torch

files = [os.open(torch.__file__, os.O_RDONLY) for _ in range(2)]
for bit in 1, 0, 1, 1:
    fcntl.flock(files[0], fcntl.LOCK_EX if bit else fcntl.LOCK_UN)
    try:
        fcntl.flock(files[1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        received = 1
    else:
        received = 0
        fcntl.flock(files[1], fcntl.LOCK_UN)
    assert received == bit

import fcntl
import os
import struct

import torch

file = os.open(torch.__file__, os.O_RDONLY)
fcntl.fcntl(file, 1036, struct.pack("=Q", 3))  # F_SET_RW_HINT
print(struct.unpack("=Q", fcntl.fcntl(file, 1035, bytes(8))))  # F_GET_RW_HINT
fcntl.fcntl(file, 1036, struct.pack("=Q", 0))

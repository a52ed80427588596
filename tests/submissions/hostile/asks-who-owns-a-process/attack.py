import fcntl
import os
import struct

from .targets import OUTSIDER

answer = fcntl.ioctl(os.pidfd_open(OUTSIDER), 0xC040FF0B, struct.pack("=Q", 0x7) + bytes(56))  # PIDFD_GET_INFO
print(struct.unpack("=QQ12I", answer))

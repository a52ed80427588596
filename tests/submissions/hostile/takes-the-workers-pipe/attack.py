import ctypes
import os

worker = os.pidfd_open((os.getppid() or 1))
assert ctypes.CDLL(None).syscall(438, worker, 1, 0) >= 0  # pidfd_getfd

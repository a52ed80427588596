import ctypes
import os

worker = os.pidfd_open(os.getppid())
assert ctypes.CDLL(None).syscall(438, worker, 1, 0) >= 0  # pidfd_getfd

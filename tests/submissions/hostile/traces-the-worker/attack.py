import ctypes
import os

assert ctypes.CDLL(None).ptrace(0x4206, ctypes.c_long((os.getppid() or 1)), None, None) == 0  # PTRACE_SEIZE

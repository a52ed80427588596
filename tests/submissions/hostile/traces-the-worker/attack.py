import ctypes
import os

assert ctypes.CDLL(None).ptrace(0x4206, ctypes.c_long(os.getppid()), None, None) == 0  # PTRACE_SEIZE

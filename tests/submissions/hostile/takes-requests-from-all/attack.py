import ctypes
import os

context = ctypes.c_ulong()
number = {"x86_64": 206, "aarch64": 0}[os.uname().machine]
assert ctypes.CDLL(None).syscall(number, 8, ctypes.byref(context)) == 0  # io_setup

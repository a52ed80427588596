import ctypes
import os

buffer = ctypes.create_string_buffer(8)


class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


here = Piece(ctypes.addressof(buffer), 8)
there = Piece(id(None), 8)  # forked from it: the same address
assert ctypes.CDLL(None).process_vm_readv((os.getppid() or 1), ctypes.byref(here), 1, ctypes.byref(there), 1, 0) == 8

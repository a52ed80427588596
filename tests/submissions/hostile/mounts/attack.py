import ctypes
import tempfile

place = tempfile.mkdtemp().encode()
libc = ctypes.CDLL(None)
assert libc.mount(b"none", place, b"tmpfs", 0, None) == 0
libc.umount2(place, 2)

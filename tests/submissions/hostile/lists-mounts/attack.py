import ctypes
import struct

libc = ctypes.CDLL(None, use_errno=True)
mounts = (ctypes.c_uint64 * 64)()
count = libc.syscall(458, struct.pack("=IIQQ", 24, 0, 2**64 - 1, 0), mounts, 64, 0)  # listmount, of the root
text = ctypes.create_string_buffer(4096)
for mount in mounts[: max(count, 0)]:
    if libc.syscall(457, struct.pack("=IIQQ", 24, 0, mount, 0x32), text, 4096, 0) == 0:  # statmount
        print(text.raw.strip(b"\0"))
assert count > 0

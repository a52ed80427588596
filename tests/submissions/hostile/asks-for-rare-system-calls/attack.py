import ctypes

libc = ctypes.CDLL(None)
calls = {"io_uring_setup": (425, 1, ctypes.create_string_buffer(120)), "userfaultfd": (323, 0), "bpf": (321, 0, None, 0)}
granted = [name for name, arguments in calls.items() if libc.syscall(*arguments) >= 0]
print(granted)
assert granted

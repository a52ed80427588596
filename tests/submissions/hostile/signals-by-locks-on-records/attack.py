import fcntl
import os

here = os.open("/dev/null", os.O_RDWR)
message = [1, 0, 1, 1]
begin = int.from_bytes(os.urandom(6), "little")
for position, bit in enumerate(message):
    if bit:
        fcntl.lockf(here, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, begin + position)
pid = os.fork()
if pid == 0:
    received = []
    for position in range(len(message)):
        try:
            fcntl.lockf(here, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, begin + position)
        except OSError:
            received.append(1)
        else:
            received.append(0)
    os._exit(received != message)
assert os.waitpid(pid, 0)[1] == 0

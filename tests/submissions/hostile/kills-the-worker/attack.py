import os
import signal

for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
    try:
        os.kill((os.getppid() or 1), number)
    except OSError:
        pass

import os
import signal

try:
    os.kill((os.getppid() or 1), signal.SIGSTOP)
except OSError:
    pass

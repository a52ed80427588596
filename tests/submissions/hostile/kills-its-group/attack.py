import os
import signal

from .targets import OUTSIDER

if not os.path.exists(f"/proc/{OUTSIDER}/stat"):
    os.kill(-1, signal.SIGKILL)  # the processes of a namespace: never tried where all processes can be seen
try:
    os.killpg(0, signal.SIGKILL)
except OSError:
    pass

import os
import signal

from .targets import OUTSIDER

os.kill(OUTSIDER, signal.SIGSTOP)
os.kill(OUTSIDER, signal.SIGCONT)

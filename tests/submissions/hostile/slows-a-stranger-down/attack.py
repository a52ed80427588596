import os

from .targets import OUTSIDER

os.setpriority(os.PRIO_PROCESS, OUTSIDER, 19)

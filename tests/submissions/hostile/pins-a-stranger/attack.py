import os

from .targets import OUTSIDER

os.sched_setaffinity(OUTSIDER, os.sched_getaffinity(OUTSIDER))

import time

from .targets import OUTSIDER

print(time.clock_gettime(~OUTSIDER << 3 | 2))

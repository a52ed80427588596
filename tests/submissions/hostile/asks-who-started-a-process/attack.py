import os

from .targets import OUTSIDER

print(os.getpgid(OUTSIDER), os.getsid(OUTSIDER))

import os

with open(f"/proc/{(os.getppid() or 1)}/mem", "rb"):
    pass

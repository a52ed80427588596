import os

with open(f"/proc/{os.getppid()}/mem", "rb"):
    pass

import os

print(os.listdir(f"/proc/{(os.getppid() or 1)}/fd"))

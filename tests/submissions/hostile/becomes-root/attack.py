import os
import subprocess

try:
    os.setuid(0)
except OSError:
    done = subprocess.run(["/usr/bin/su", "-c", "id -u"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.stdout == "0\n"
os.listdir("/root")

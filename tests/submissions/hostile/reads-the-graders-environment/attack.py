import glob
import os

found = [text for text in os.environ.values() if "environment-" in text]
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        with open(path, errors="replace") as file:
            found += [part for part in file.read().split("\0") if "environment-" in part]
    except OSError:
        continue
print(found)
assert found

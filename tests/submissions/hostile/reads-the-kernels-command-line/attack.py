with open("/proc/cmdline") as line:
    found = line.read()
print(found)
assert found

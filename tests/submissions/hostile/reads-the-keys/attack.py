with open("/proc/keys") as table:
    found = table.read()
print(found)
assert found

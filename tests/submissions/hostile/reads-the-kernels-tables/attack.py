names = ("partitions", "interrupts", "diskstats", "sys/fs/file-nr", "sys/kernel/random/boot_id", "kallsyms")
found = []
for name in names:
    try:
        with open(f"/proc/{name}") as table:
            found.append((name, table.readline()))
    except OSError:
        continue
print(found)
assert any(line for _, line in found)

import glob

from .targets import HOME_FILE

for way in ("root", "cwd"):
    for process in glob.glob("/proc/[0-9]*"):
        try:
            with open(f"{process}/{way}{HOME_FILE}") as file:
                print(file.read())
                break
        except OSError:
            continue
    else:
        continue
    break
else:
    raise AssertionError("none of them")

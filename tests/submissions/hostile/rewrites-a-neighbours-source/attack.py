from .targets import NEIGHBOUR_FILE

with open(NEIGHBOUR_FILE, "a") as file:
    file.write("raise SystemExit\n")

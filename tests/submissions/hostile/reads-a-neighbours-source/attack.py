from .targets import NEIGHBOUR_FILE

with open(NEIGHBOUR_FILE) as file:
    print(file.read()[-200:])

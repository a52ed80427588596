from .targets import SENTINEL

with open(SENTINEL, "r+") as file:
    file.write("touched")

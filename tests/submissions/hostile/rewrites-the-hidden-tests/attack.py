from .targets import HIDDEN_FILE

with open(HIDDEN_FILE, "a") as file:
    file.write("# everybody passes\n")

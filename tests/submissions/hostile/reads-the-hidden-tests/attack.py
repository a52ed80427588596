from .targets import HIDDEN_FILE

with open(HIDDEN_FILE) as file:
    print(file.read()[-200:])

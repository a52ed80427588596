from .targets import LABELS_FILE

with open(LABELS_FILE) as file:
    print(file.read()[-200:])

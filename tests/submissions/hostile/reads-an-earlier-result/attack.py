from .targets import EARLIER_FILE

with open(EARLIER_FILE) as file:
    print(file.read()[-200:])

from .targets import HOME_FILE

with open(HOME_FILE) as file:
    print(file.read()[-200:])

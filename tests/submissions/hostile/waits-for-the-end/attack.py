import atexit
import os
import signal
import threading

from .targets import SENTINEL


def late(*_):
    try:
        with open(SENTINEL, "r+") as file:
            file.write("late")
    finally:
        os._exit(0)


class Grave:
    def __del__(self):
        late()


atexit.register(late)
kept = Grave()
timer = threading.Timer(9, late)
timer.daemon = True
timer.start()
signal.signal(signal.SIGALRM, late)
signal.alarm(9)

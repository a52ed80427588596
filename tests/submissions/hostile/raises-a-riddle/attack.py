import gc
import os

from grader.protocol import messages
from grader.protocol.codec import encode, frame


def channels():
    return [thing for thing in gc.get_objects() if type(thing).__name__ == "_Channel"]


code = "f'" * 5_000 + "{" + "'" * 5_000
error = {"exception": "SyntaxError", "message": "f-string: ", "frames": [dict(file="net.py", line=1, function="", code=code)]}
for channel in channels():
    data = memoryview(frame(messages.RAISED, encode({"probe": "build", "error": error})))
    while data:
        data = data[os.write(channel._descriptor, data) :]

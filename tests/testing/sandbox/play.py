"""Launch, watch and kill a sandbox, as the grader does. It runs outside, as whichever user started it.

Argument: what to run (JSON, see `tests.testing.sandbox.stage.Stage.start`). Prints what happened as JSON; before that,
when it is to hold the sandbox, what the sandbox has printed so far.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

from session import keep_a_key

from grader.protocol.limits import Limits
from grader.sandbox import BACKENDS, SandboxSpec, fork_server, visible
from grader.sandbox.backends.landlock import LandlockBackend
from grader.sandbox.interpreter import interpreter_folders
from grader.sandbox.staging import staged


class Drain:
    """Collect everything that comes out of a pipe."""

    def __init__(self, stream) -> None:
        self.text = ""
        self._stream = stream
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while data := self._stream.read(1 << 16):
            self.text += data.decode(errors="replace")


def backend(name: str):
    """Return a backend by its name. "landlock-1" is Landlock as the first kernels with it had it."""
    kind, _, abi = name.partition("-")
    return LandlockBackend(int(abi)) if abi else BACKENDS[kind]()


def specification(play: dict) -> SandboxSpec:
    """Describe what to launch: this interpreter on `inner.py`."""
    inner = {name: play[name] for name in ("kit", "modules", "limits", "phases", "names")}
    argv = (play["python"], "-I", "-S", "-B") if not play["packages"] else (play["python"], "-s", "-P", "-B")
    ours = [staged()] if play["forked"] else []
    return SandboxSpec(
        argv=(*argv, play["inner"], json.dumps(inner)),
        readable=(*interpreter_folders(), *map(Path, play["readable"]), *map(Path, play["packages"]), *ours),
        hidden=tuple(map(Path, play["hidden"])),
        environment=play["environment"],
        limits=Limits(**play["sandbox_limits"]),
        gpu=play["gpu_nodes"] is not None,
        server=fork_server.running() if play["forked"] else None,
    )


def watch(sandbox, out: Drain, play: dict) -> tuple[str | None, int]:
    """Watch the sandbox to its end, and return limit and memory.

    It ends by itself, at a limit, after the word or when it takes too long; memory is the most it held.
    """
    most_memory = 0
    deadline = time.monotonic() + play["seconds"]
    while sandbox.poll() is None and time.monotonic() < deadline:
        if play["until"] and play["until"] in out.text:
            break
        limit = sandbox.exceeded()
        if limit is not None:
            return limit, most_memory
        most_memory = max(most_memory, sandbox.memory_bytes())
        time.sleep(play["look_every"])
    return (sandbox.exceeded() if sandbox.poll() is not None else None), most_memory


def main() -> None:
    """Read the argument, and do what it says."""
    play = json.loads(sys.argv[1])
    keep_a_key(play["names"]["SESSION_KEY"])
    with Path(play["names"]["HOME_FILE"]).open() as inherited:  # a careless caller's open file must not reach inside
        os.set_inheritable(inherited.fileno(), True)
        begin(play)


def begin(play: dict) -> None:
    """Launch, watch and report."""
    visible.gpu_nodes = lambda: [Path(node) for node in play["gpu_nodes"] or ()]
    if play["forked"]:
        fork_server._running = fork_server.ForkServer(play["names"]["TOKEN"])  # a word to find it by
    sandbox = backend(play["backend"]).launch(specification(play))
    out = Drain(sandbox.stdout)
    err = Drain(sandbox.stderr) if play["read_stderr"] else None
    exceeded, most_memory = watch(sandbox, out, play)
    if play["hold"]:
        print(json.dumps(out.text), flush=True)
        time.sleep(600)
    status = sandbox.poll()
    begin = time.monotonic()
    sandbox.kill()
    kill_seconds = time.monotonic() - begin
    for drain in (out, err):
        if drain is not None:
            drain.thread.join(5)
    if fork_server._running is not None:
        fork_server._running.close()
    report = {
        "out": out.text, "err": "" if err is None else err.text, "status": status, "exceeded": exceeded,
        "kill_seconds": kill_seconds, "most_memory": most_memory, "uid": os.getuid(),
        "memory_after": sandbox.memory_bytes(),
    }  # fmt: skip
    print(json.dumps(report))


main()

"""Prints the end of a run that cannot.

Its process can no longer say it; `watchdog.py` runs this as a script.

A line of JSON on stdin is a note: a probe is about to run, and this is to be printed if it never comes back. `null`
takes the note back. The note is printed when its time is up, or when stdin closes because the process has died.
This is a process of its own, as code in C that never returns (a regular expression, `sum` over an endless iterator)
keeps every thread of its process from running. It imports nothing but the standard library, and starts in 30 ms.
"""

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
from typing import Any


def _read(notes: "queue.SimpleQueue[Any]") -> None:
    """Put each note into `notes`. An empty string is the last one."""
    for line in sys.stdin.buffer:
        notes.put(json.loads(line))
    notes.put("")


def _tell(text: str, report: tuple[str, str] | None) -> None:
    """Print `text`, and write the report's line. There may be no report."""
    if report is not None:
        with open(report[0], "a", encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes as long to import as the rest
            file.write(report[1] + "\n")
    with contextlib.suppress(OSError):  # nobody reads any more
        print(text, flush=True)


def main() -> None:
    """Wait for notes, and tell the last one. Nothing is told where the process has ended well."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, which then take back their note
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a console of Windows may lack some letters
    notes: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(notes,), daemon=True).start()
    note, deadline, is_late = None, 0.0, False
    while True:
        try:
            news = notes.get(timeout=max(0.0, deadline - time.monotonic()) if note else None)
        except queue.Empty:
            is_late = True
            break
        if news == "":
            is_late = time.monotonic() >= deadline  # on a busy machine this process may get its turn after the end
            break
        note = news
        deadline = time.monotonic() + note["seconds"] if note else 0.0
    if note and is_late:
        _tell(note["overdue"], note["report"])
    elif note:
        _tell(note["died"], None)


if __name__ == "__main__":
    main()
    os._exit(0)  # the thread still reads, and Python would wait for it

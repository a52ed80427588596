"""Keys of stored executions. A key is a digest of all that decides an observation, and of nothing else.

No clock, no path and nobody's name is in it: what was observed yesterday, of anybody, is found again today.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import platform
from dataclasses import fields
from pathlib import Path

import grader
from grader.model import Job, content_digest
from grader.sandbox.staging import PACKAGES

_LIBRARIES = ("torch", "numpy")
_NOT_AS_IT_IS = ("files", "time_factor", "threads")
"""Fields of a job that the key treats specially. The key has a digest of them, or nothing.

How slow a machine is, is measured each time; how many threads a job gets, hangs on how many others run beside it. More
of them change the last digit of a sum, and when a limit is reached: `record.recall` looks at both.
"""


@functools.cache
def observer() -> str:
    """Return a digest of the observing code. The libraries that it observes with are included."""
    total = hashlib.sha256(platform.python_version().encode())
    for library in _LIBRARIES:
        total.update(f"{library} {importlib.metadata.version(library)}".encode())
    package = Path(grader.__file__).parent
    sources = {
        path.relative_to(package).as_posix(): path.read_bytes()
        for folder in PACKAGES
        for path in (package / folder).rglob("*.py")
    }
    total.update(content_digest(sources).encode())
    return total.hexdigest()


def job_key(job: Job, *, dataset: str, sandbox: str) -> str:
    """Return the key of an execution of `job`, in hexadecimal.

    Args:
        job: all of it counts but how slow the machine is, and how much of it the job gets.
        dataset: a digest of the data set.
        sandbox: the backend's name: submissions can do more in some than in others.
    """
    decides = {field.name: getattr(job, field.name) for field in fields(job) if field.name not in _NOT_AS_IT_IS}
    decides |= {
        "files": content_digest(job.files),
        "phases": [vars(phase) for phase in job.phases],
        "limits": vars(job.limits),
        "data": dataset,
        "sandbox": sandbox,
        "observer": observer(),
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()

"""The zip to upload to Gradescope. It has `setup.sh` and `run_autograder` at its root, this grader, and its options."""

from __future__ import annotations

from importlib import resources

from grader.gradescope.options import Options, to_toml
from grader.gradescope.wheel import archive, wheel

SETUP, RUN, OPTIONS = "setup.sh", "run_autograder", "autograder.toml"


def autograder_zip(options: Options, assignment: str | None = None) -> bytes:
    """Return an autograder that grades with `options`. It is the same for the same options and the same grader.

    `assignment` is the text of an `assignment.toml` that its wheel gets in place of the grader's own.

    Raises:
        UsageError: the files of the grader are not all there.
    """
    templates = resources.files("grader.gradescope") / "templates"
    scripts = {name: (templates / name).read_bytes() for name in (SETUP, RUN)}
    name, content = wheel(assignment)
    return archive(scripts | {OPTIONS: to_toml(options).encode(), name: content}, executable=(SETUP, RUN))

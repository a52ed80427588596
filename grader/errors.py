"""Every error the kit raises on purpose.

    GraderError                 something a person has to be told, in one line
    ├── UsageError              wrong path, option or configuration; nothing was graded
    │   ├── DataError           the data set is missing, damaged or not readable
    │   ├── AssignmentError     assignment.toml holds something it should not
    │   └── SandboxUnavailable  no backend is safe on this machine, or the one named does not work
    └── GraderFault             the grader or its machine failed; never scored against a student
        └── ProtocolError       bytes from the sandbox that no honest worker sends

What is wrong with a *submission* is not an error but a value (`model.Problem`): it becomes a
graded result and never stops a batch. Errors become text and exit codes in `cli` alone.
"""


class GraderError(Exception):
    """A message for a person: problem, place and remedy."""


class UsageError(GraderError):
    """The command was called in a way that cannot work."""


class DataError(UsageError):
    """A data set is missing, damaged or unreadable."""


class AssignmentError(UsageError):
    """`assignment.toml` has an unknown key or bad value. Such a value is out of range."""


class SandboxUnavailable(UsageError):
    """No sandbox backend passes its self-check here. Or the one asked for does not."""


class GraderFault(GraderError):
    """The grader or its machine failed. The submission is not to blame."""


class ProtocolError(GraderFault):
    """A message from the sandbox is invalid. It is too long, cut short, of another version or of a wrong type."""

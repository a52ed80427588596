"""An order of a backend to the monitor. It has the program, whom it becomes, and what it may do; it travels as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.protocol.limits import Limits
from grader.sandbox.control_group import ControlGroup

if TYPE_CHECKING:  # the monitor starts once for each sandbox, and needs nothing of what that imports
    from grader.sandbox.throw_away import Scratch


FILTER = "{filter}"
"""Placeholder in the command of a holder."""


@dataclass(frozen=True)
class Order:
    """The monitor's task.

    Args:
        argv, environment: the program.
        parent: process id of the grader.
        scratch: the private directory: made by the grader, handed to `uid`, removed by the monitor.
        claim: on the throw-away user of the sandbox, given back after that; empty for none.
        limits: those of each of its processes are set; `processes` counts all of the user's.
        uid: the throw-away user to become, None to stay who we are.
        readable: paths that `uid` has to reach; where it cannot, it keeps one capability, to read.
        rights: what Landlock allows, by path (see `linux.landlock.restrict_files`); None for no Landlock.
        landlock_abi: its version.
        system_calls: the filter, in hexadecimal; empty for none.
        trusted: whether the program is one of the grader's own, which confines others: nothing is taken from it.
        afterwards: a command for the end, about what the program may have left with a service; empty for none.
        control_group: the directory of the group that the program is to run in, made by the grader; empty for none.
        holder: a command that makes namespaces and is the first process in them, which the program is then to join;
            `FILTER` in it stands for a descriptor on the system call filter. Empty for none.
        directory: the program's working directory; empty for the scratch directory.
    """

    argv: list[str]
    environment: dict[str, str]
    parent: int
    scratch: str
    claim: str
    limits: Limits
    uid: int | None = None
    readable: tuple[str, ...] = ()
    rights: dict[str, int | None] | None = None
    landlock_abi: int = 0
    system_calls: str = ""
    trusted: bool = False
    afterwards: tuple[str, ...] = ()
    control_group: str = ""
    holder: tuple[str, ...] = ()
    directory: str = ""

    @classmethod
    def to_run(cls, argv: Sequence[str], environment: Mapping[str, str], *, limits: Limits, owned: Scratch) -> Order:
        """Order a program without further walls. It is run by who we are; a backend adds its own with `replace`.

        Args:
            argv: the program.
            environment: all of it.
            limits: of each of its processes.
            owned: the directory made for it.
        """
        return cls(
            argv=list(argv),
            environment=dict(environment),
            parent=os.getpid(),
            scratch=str(owned.path),
            claim=owned.claim,
            limits=limits,
        )

    @property
    def group(self) -> ControlGroup | None:
        """Return the control group of `control_group`."""
        return ControlGroup(Path(self.control_group)) if self.control_group else None

    def to_json(self) -> bytes:
        """Encode the order for the monitor's descriptor."""
        return json.dumps(asdict(self)).encode()

    @staticmethod
    def from_json(text: bytes) -> Order:
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        return Order(**{**fields, "limits": Limits(**fields["limits"])})

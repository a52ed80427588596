"""How a backend tells the worker its confinement.

A backend writes it into the environment, the worker reads it there.

The worker tightens it for each phase's child, and empties what the backend says is this sandbox's own. Standard library
only: a self-check reads it with nothing else on the path.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLE = "GRADER_CONFINEMENT"
"""Everything but the descriptor below, as JSON."""
CHILDREN_VARIABLE = "GRADER_CHILDREN"
"""Descriptor of the list of the worker's children. Set by whoever starts it."""
HOLDER_VARIABLE = "GRADER_HOLDER"
"""Descriptors to and from the holder of the namespaces. The worker asks through the first for a sweep, and hears
through the second that it is done; set by whoever starts it."""
VARIABLES = (VARIABLE, CHILDREN_VARIABLE, HOLDER_VARIABLE)

PID_PLACEHOLDER = 0x7FFF_FFFE
"""Placeholder in a filter for the process installing it."""

_INSTRUCTION_BYTES, _OPERAND_AT = 8, 4


@dataclass(frozen=True, kw_only=True)
class Confinement:
    """How a sandbox is confined, as its backend says.

    The default is no confinement.

    Args:
        kind: "namespace" (phases run in a process namespace of their own, of which the worker is process 1, or outside
            of which it is while a holder is process 1), "landlock" or "none".
        scratch: directories made for this sandbox, emptied after each phase.
        gpu: the CUDA driver has to work, which reserves memory far beyond its use.
        child_system_calls: the child's filter as the kernel takes it, empty for none.
        landlock_abi: version of Landlock for the child's layer, 0 for none.
        children: descriptor on the kernel's list of the worker's children, -1 where /proc can be asked for it.
        holder: descriptors that lead to the holder and back, empty where there is none.
    """

    kind: str = "none"
    scratch: tuple[str, ...] = ()
    gpu: bool = False
    child_system_calls: bytes = b""
    landlock_abi: int = 0
    children: int = -1
    holder: tuple[int, ...] = ()

    @staticmethod
    def from_environment(environment: Mapping[str, str]) -> Confinement:
        """Read the confinement that the backend has set. Unconfined where it has set nothing."""
        about = json.loads(environment.get(VARIABLE, "{}"))
        if not about:
            return Confinement()
        about["scratch"] = tuple(about["scratch"])
        about["child_system_calls"] = bytes.fromhex(about["child_system_calls"])
        children, holder = environment.get(CHILDREN_VARIABLE, "-1"), environment.get(HOLDER_VARIABLE, "")
        return Confinement(**about, children=int(children), holder=tuple(map(int, holder.split())))

    def to_environment(self) -> dict[str, str]:
        """Write the variables that `from_environment` reads."""
        about = {
            "kind": self.kind,
            "scratch": list(self.scratch),
            "gpu": self.gpu,
            "child_system_calls": self.child_system_calls.hex(),
            "landlock_abi": self.landlock_abi,
        }
        variables = {VARIABLE: json.dumps(about)}
        return variables if self.children < 0 else variables | {CHILDREN_VARIABLE: str(self.children)}

    def filter_of(self, pid: int) -> bytes:
        """Return the system call filter for child `pid`. Its number goes where a place was left for it."""
        filled = bytearray(self.child_system_calls)
        for offset in range(_OPERAND_AT, len(filled), _INSTRUCTION_BYTES):
            if struct.unpack_from("=I", filled, offset)[0] == PID_PLACEHOLDER:
                struct.pack_into("=I", filled, offset, pid)
        return bytes(filled)

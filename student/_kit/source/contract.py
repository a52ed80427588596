"""The contract's names of package, modules and functions."""

from __future__ import annotations

PACKAGE = "student"

MODULES = {
    "net": ("Net",),
    "objective": ("make_criterion", "make_optimizer", "BATCH_SIZE", "N_EPOCHS"),
    "training": ("train",),
}
"""The modules with the names that each defines."""

CONTRACT = frozenset(name for names in MODULES.values() for name in names)

"""The hostile submissions, and how to write them. Each is put together from an attack and an honest rest."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SUBMISSIONS = Path(__file__).parents[1] / "submissions"
HONEST = SUBMISSIONS / "right" / "plain-perceptron"
FAMILIES = (
    "reading",
    "writing",
    "network",
    "processes",
    "privileges",
    "views",
    "messages",
    "resources",
    "output",
    "forging",
    "shadowing",
    "observations",
)
_EXPECTATION = "expect.toml"
_RUN_ALL = '''"""Runs every attack that leaves its process as it was, and says which of them got through."""

import importlib

for name in {names!r}:
    try:
        importlib.import_module(f".{{name}}.attack", __package__)
    except BaseException as error:
        print(f"attack {{name}}: refused, {{type(error).__name__}}", flush=True)
    else:
        print(f"attack {{name}}: done", flush=True)
'''


@dataclass(frozen=True)
class Attack:
    """One folder of the hostile submissions.

    `shared`: it leaves its process usable, so that many attacks can share one. `raises`: it raises when it is refused.
    `refused_to_all`: some machines refuse it to everybody, so it may fail even without confinement.
    `sandbox`: false where it is aimed at the protocol, the judge or the reports, and harmless without a sandbox.
    `only`: the categories that it is graded in. `most`: the points that it may earn there.
    `statuses`: the statuses that its first test not passed may have. Empty allows any.
    """

    path: Path
    family: str
    aim: str
    shared: bool = False
    raises: bool = False
    refused_to_all: bool = False
    sandbox: bool = True
    most: float = 20.0
    statuses: tuple[str, ...] = ()
    only: tuple[str, ...] = ("structure",)

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def module(self) -> str:
        """The attack's package name in a submission of many attacks."""
        return self.name.replace("-", "_")


@cache
def attacks() -> tuple[Attack, ...]:
    """All attacks, sorted by name."""
    found = []
    for path in sorted((SUBMISSIONS / "hostile").glob(f"*/{_EXPECTATION}")):
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        said |= {key: tuple(said[key]) for key in ("statuses", "only") if key in said}
        found.append(Attack(path.parent, **said))
    return tuple(found)


def _targets(targets: Mapping[str, object]) -> str:
    return "".join(f"{name} = {value!r}\n" for name, value in targets.items())


def _copy_honest(where: Path) -> None:
    for source in HONEST.glob("*.py"):
        if not (where / source.name).exists():
            shutil.copy(source, where)


def write_single(attack: Attack, where: Path, targets: Mapping[str, object]) -> None:
    """Write the submission of one attack to the folder `where`. The attack runs when `net` is imported."""
    shutil.copytree(attack.path, where, ignore=shutil.ignore_patterns(_EXPECTATION))
    (where / "targets.py").write_text(_targets(targets), encoding="utf-8")
    own_net = (where / "net.py").exists()
    _copy_honest(where)
    if not own_net:
        net = (where / "net.py").read_text(encoding="utf-8")
        (where / "net.py").write_text(f"from . import attack  # noqa: F401\n{net}", encoding="utf-8")


def write_many(chosen: Iterable[Attack], where: Path, targets: Mapping[str, object]) -> None:
    """Write one submission that tries all of `chosen`. It runs them one after the other and is honest otherwise."""
    where.mkdir()
    for attack in chosen:
        part = where / attack.module
        shutil.copytree(attack.path, part, ignore=shutil.ignore_patterns(_EXPECTATION))
        (part / "targets.py").write_text(_targets(targets), encoding="utf-8")
        (part / "__init__.py").touch()
    (where / "attack.py").write_text(_RUN_ALL.format(names=[a.module for a in chosen]), encoding="utf-8")
    _copy_honest(where)
    net = (where / "net.py").read_text(encoding="utf-8")
    (where / "net.py").write_text(f"from . import attack  # noqa: F401\n{net}", encoding="utf-8")

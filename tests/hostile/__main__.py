"""Run every hostile submission on every backend and user.

Usage: `python -m tests.hostile [PART OF A NAME]…`. Attacks that can share a process are graded as one submission, the
others one by one; with `--apart` each is its own. Prints what got through and the figures per family.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass

from grader.sandbox import BACKENDS
from tests.hostile.arena import MANY, NEIGHBOUR, Arena, Run, User, users
from tests.hostile.attacks import FAMILIES, Attack, attacks
from tests.hostile.verdicts import complaints_about, neighbour_complaints

CONFINING = ("bwrap", "landlock")


@dataclass(frozen=True)
class Graded:
    """The outcome of a batch of attacks.

    It holds the complaints of each attack, those that belong to no single one, and the seconds taken.
    """

    complaints: dict[str, list[str]]
    shared: list[str]
    seconds: float

    def lines(self, chosen: list[Attack], place: str) -> list[str]:
        """The figures per family, then every complaint."""
        held = Counter(attack.family for attack in chosen if not self.complaints[attack.name])
        total = Counter(attack.family for attack in chosen)
        figures = ", ".join(f"{family} {held[family]}/{total[family]}" for family in FAMILIES if total[family])
        head = f"{place}: {held.total()} of {len(chosen)} held ({figures}), {len(self.shared)} canaries touched"
        alone = [f"{name}: {text}" for name, texts in self.complaints.items() for text in texts]
        return [f"{head}; {self.seconds:.0f} s", *(f"    {line}" for line in (*alone, *self.shared))]


def _together(attack: Attack, run: Run) -> list[str]:
    """Complaints about an attack that shared a submission with others."""
    if attack.raises and attack.module in run.through():
        return ["it got through"]
    return [] if attack.module in run.refused() | run.through() else ["it was not tried"]


def grade(chosen: list[Attack], user: User, backend: str, *, apart: bool) -> Graded:
    """Grade `chosen` in one batch. All are tried in the same categories."""
    begin = time.monotonic()
    together = [] if apart else [attack for attack in chosen if attack.shared]
    arena = Arena(user)
    arena.build()
    try:
        if together:
            arena.add_many(together)
        for attack in chosen:
            if attack not in together:
                arena.add(attack)
        run = arena.run(backend, chosen[0].only)
    finally:
        arena.close()
    found = {
        attack.name: _together(attack, run)
        if attack in together
        else complaints_about(attack, run.results.get(attack.name))
        for attack in chosen
    }
    shared = [*run.complaints, *neighbour_complaints(run.results.get(NEIGHBOUR))]
    if together and run.results[MANY]["status"] != "passed":
        shared.append(f"the submission of many attacks got {run.results[MANY]['score']} points")
    return Graded(found, shared, time.monotonic() - begin)


def main() -> int:
    """Grade hostile submissions and print the figures. Ends with 1 where anything got through."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=main.__doc__)
    parser.add_argument("names", nargs="*", help="parts of names, or families; all where none is given")
    parser.add_argument("--backend", choices=CONFINING, action="append", help="these alone")
    parser.add_argument("--user", choices=[user.name for user in users()], action="append", help="as these alone")
    parser.add_argument("--apart", action="store_true", help="each attack as a submission of its own")
    arguments = parser.parse_args()
    wanted = arguments.names or [""]
    chosen = [a for a in attacks() if any(part in a.name or part == a.family for part in wanted)]
    chosen_users = [user for user in users() if not arguments.user or user.name in arguments.user]
    wrong = 0
    for backend in arguments.backend or CONFINING:
        problem = BACKENDS[backend]().unavailable()
        if problem is not None:
            print(f"{backend}: not tried, {problem}")
            continue
        for user in chosen_users:
            for only in dict.fromkeys(attack.only for attack in chosen):
                batch = [attack for attack in chosen if attack.only == only]
                graded = grade(batch, user, backend, apart=arguments.apart)
                print("\n".join(graded.lines(batch, f"{backend} as {user.name}, {', '.join(only)}")), flush=True)
                wrong += len(graded.shared) + sum(map(bool, graded.complaints.values()))
    return 1 if wrong or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())

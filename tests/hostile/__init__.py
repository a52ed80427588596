"""Submissions that attack the grader, and where they run.

`python -m tests.hostile` prints figures. A folder of `tests/submissions/hostile` holds the attack of a submission; the
rest is taken from a right one. Each attack is bounded, so that it does no harm even where nothing stops it. It knows
its targets exactly, from a module `targets` that is put beside it: no target is protected by being hard to find.
"""

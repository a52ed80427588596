"""Submissions that attack the grader, and the arena they are let loose in: `python -m tests.hostile` prints figures.

A folder of `tests/submissions/hostile` holds what is hostile about a submission; the honest rest is taken from a right
one. Each is bounded, so that it does no harm even where nothing stops it, and knows its targets exactly (a module
`targets` is put beside it): what protects them has to be more than their being hard to find.
"""

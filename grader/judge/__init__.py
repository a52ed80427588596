"""Runs the hidden tests over the observations of one submission, in a process of its own, without torch."""

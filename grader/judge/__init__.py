"""Runs the hidden tests over one submission's observations. They run in a process of their own, without torch."""

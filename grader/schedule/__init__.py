"""Scheduling: where jobs are executed.

The engines share one interface: this machine, serially or in parallel, or a cluster.
"""

"""Exports: pure functions from results to files. The interface is in `base`, the list of exporters in `registry`."""

"""Writes what students receive. Solutions become stubs, scripts become notebooks, and visible tests come along."""

"""Writes what students receive: solutions become stubs, scripts become notebooks, visible tests come along."""

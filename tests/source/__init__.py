"""Strangers' source."""

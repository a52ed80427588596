"""Tests of reading strangers' source."""

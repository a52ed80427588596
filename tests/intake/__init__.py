"""Tests of `grader.intake`."""

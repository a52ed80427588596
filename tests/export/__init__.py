"""Tests of `grader.export`."""

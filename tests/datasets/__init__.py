"""Tests of `grader.datasets`."""

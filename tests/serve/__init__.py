"""Tests of `grader.serve`."""

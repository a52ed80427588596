"""Tests of `grader.gradescope`."""

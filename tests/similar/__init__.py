"""Tests of `grader.similar`."""

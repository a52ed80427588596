"""Tests of `grader.store`."""

"""Tests of `grader.autograder`."""

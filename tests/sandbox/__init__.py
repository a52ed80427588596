"""Tests of `grader.sandbox` and `grader.worker.confine`."""

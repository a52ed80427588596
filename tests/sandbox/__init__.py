"""Tests of `grader.sandbox` and of the worker's part of it, `grader.worker.confine`."""

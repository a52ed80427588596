"""Tests of `grader.linux`. The effect of its system calls is tested in `tests.sandbox`."""

"""Tests of `grader.linux`; what the kernel makes of its calls is seen in `tests.sandbox`."""

"""Tests of the code inside the sandbox. It runs in this process, on small submissions."""

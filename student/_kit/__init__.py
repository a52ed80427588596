"""A copy of a part of the grader, written by `grader release`: do not change it, see README.md in this folder."""

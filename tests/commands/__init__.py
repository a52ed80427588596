"""Tests of `grader.commands`."""

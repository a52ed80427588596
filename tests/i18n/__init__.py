"""Tests of `grader.i18n`."""

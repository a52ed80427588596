"""Tests of judging: from observations to verdicts. Only a test that ran to its end is ever a pass."""

"""What is judged, and on what it counts: names that the command line knows before anything is loaded."""

from __future__ import annotations

CATEGORIES = ("structure", "dropout", "objective", "training", "accuracy", "integrity")
"""In judging order."""
GRADED_DATASET = "mnist"
"""The data set that decides real grades; results on any other are trials, and every report says so."""

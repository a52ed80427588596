"""Names of categories, and of the graded data set. The command line knows them before anything is loaded."""

from __future__ import annotations

CATEGORIES = ("structure", "dropout", "objective", "training", "accuracy", "integrity")
"""The categories in judging order."""
GRADED_DATASET = "mnist"
"""The data set that decides real grades. Results on any other are trials, and every report says so."""

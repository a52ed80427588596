"""Its settings are in objective.py."""

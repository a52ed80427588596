"""Its files are settings."""

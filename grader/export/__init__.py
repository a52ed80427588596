"""Results for other systems: pure functions from results to files. See `base` and `registry`."""

"""The backends, one file each. `sandbox.registry` has a line for each."""

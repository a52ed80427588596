"""One way to shut a process in per file; `sandbox.registry` has a line for each."""

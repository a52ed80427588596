"""Fuzz the code that reads strangers' bytes. The fuzzer is guided by coverage: `python -m tests.fuzz`."""

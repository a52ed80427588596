"""What reads strangers' bytes, under a fuzzer that is guided by coverage: `python -m tests.fuzz`."""

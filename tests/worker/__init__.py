"""The code inside the sandbox, run in this process on small submissions."""

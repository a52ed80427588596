"""Linux calls without a Python name, and hostile folders. A stranger may have filled such a folder.

Both sides of the trust line need them, so this imports nothing else of the grader. It can be imported on every system;
what asks the kernel of Linux raises where there is none. Everything raises OSError when the kernel refuses: a
confinement that failed must never look like one that holds.
"""

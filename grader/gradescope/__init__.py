"""The grader as a Gradescope autograder. There are the zip that is uploaded, and the program that runs there.

`bundle` makes the zip out of `templates/` and a `wheel` of this grader. There `python -m grader.gradescope` grades one
submission with the command `grader`, and writes `results.json` as soon as there is something new.
"""

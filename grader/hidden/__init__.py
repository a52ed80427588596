"""The hidden tests: plain pytest functions over observations.

The arguments of a test name the probes whose observations it needs (see `protocol.observations`), `rules` (what a
network may look like) or `facts` (what the grader alone knows, such as the answer key). A test that finds a mistake
calls `fail` with the id of the message that names the misconception and the data for its placeholders. `@after` names
tests that must have passed for this one to make sense.

The id of `test_output_shape` in `test_structure.py` is `structure/output-shape`; what it is worth stands in
`assignment.toml`; what a student reads stands in the catalogues of `i18n`. A test marked `@visible` is also given
to the students and runs there on the same probes.
"""

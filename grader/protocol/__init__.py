"""The messages that cross the trust line, and their encoding.

Imports nothing else of the grader.

Data only. The trusted side decodes into the frozen dataclasses of `observations` and `messages`; a decoder can
build numbers, strings, lists, mappings, arrays and these classes, and nothing else. Every length is bounded
before anything is allocated for it.
"""

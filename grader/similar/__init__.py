"""Detection of submissions that look copied. It is a hint for a person, and never a part of a grade.

`lexer` turns a program into symbols that stay the same when names, comments and layout change, `fingerprints` picks
some of their runs, `pairs` finds who shares runs that few have, `page` shows them side by side.
"""

"""An output folder as pages in a browser. They are what `grader serve` answers with.

`reports` knows which files there are to be had and opens nothing else; `live` makes the page of the class anew while a
run goes on; `server` speaks HTTP. Nothing here writes.
"""

"""Reports: pure functions from results to text.

They take a `model.Result` and a translator, and make what is written or printed.

A report is a file here: `json` for programs, `markdown` for the student, `table` for the terminal, `csv` and `overview`
for a batch. None of them writes a file or knows where it goes.
"""

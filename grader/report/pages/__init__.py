"""Pages: results as self-contained HTML for people.

A page is whole in one file, works without a network and passes its own policy.

`environment` fills the templates that lie here; a page is a module, a template and a line in the registry of reports.
Strangers' text is made legible before it reaches a template, and escaped in it.
"""

"""Our only code inside the sandbox.

It runs beside the submission. Imports `protocol`, `linux` and torch.

Nothing here is trusted with a judgement: a submission runs in the same process as a probe and can make it report
anything. It can only ever report about itself, and what it reports is data.
"""

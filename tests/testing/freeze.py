"""Imported last by the process that warm workers are forked from: what is there by then is no garbage."""

import gc

gc.collect()
gc.freeze()

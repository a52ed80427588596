"""Keep the garbage collector from what is imported before.

The process that warm workers are forked from imports this module last.
"""

import gc

gc.collect()
gc.freeze()

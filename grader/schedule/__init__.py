"""Where jobs are executed: one slot of this machine now, whole pools and clusters behind the same interface later."""

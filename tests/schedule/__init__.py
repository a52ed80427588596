"""Jobs executed by real workers: whatever a submission does, every probe ends in an outcome."""

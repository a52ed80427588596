"""Real workers execute jobs here. Every probe ends in an outcome, whatever a submission does."""

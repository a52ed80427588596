"""What observations come to, and that nothing but a test that ran to its end is ever a pass."""

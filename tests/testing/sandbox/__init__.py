"""Files to attack, attacks, and programs that try them."""

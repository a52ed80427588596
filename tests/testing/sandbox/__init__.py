"""The stage that sandboxes are tested on: places to attack, attacks, and programs that try them."""

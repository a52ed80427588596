"""The stage that sandboxes are tested on. It has places to attack, attacks, and programs that try them."""

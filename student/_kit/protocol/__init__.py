"""Part of what the visible tests run on."""

"""Part of the copy, see README.md in the folder `_kit`."""

"""Its modules are named like others."""

"""The messages across the trust line are tested here."""

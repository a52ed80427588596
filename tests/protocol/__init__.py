"""The trust line: what crosses it unharmed, and what does not cross it at all."""

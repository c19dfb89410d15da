"""Floor 1: Reply -> bytes. Pure: templates are handed in."""

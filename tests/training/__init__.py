"""How the reader's weights are made, and what they are worth; see `__main__.py`."""

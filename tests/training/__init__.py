"""How the reader's weights are made, and what they are worth: `uv run --group train python -m tests.training`."""

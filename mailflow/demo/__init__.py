"""The whole journey on one machine, with servers of its own (`mailflow demo`)."""

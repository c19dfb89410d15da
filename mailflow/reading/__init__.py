"""Floor 1: bytes -> Request. Pure: no file, no network, no clock; word lists are handed in."""

"""Speed and memory: measured here and by `mailflow bench`, never by a timed test."""

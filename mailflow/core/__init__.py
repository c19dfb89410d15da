"""Floor 0: the rules. Pure: standard library only, no clock, no database, no mailbox."""

"""Floor 2: the only rooms with windows: IMAP, SMTP, database."""

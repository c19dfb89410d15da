"""mailflow reads the sign-up mailbox of an event, keeps its seats, and answers.

The way of a message, in seven stops, each module's first line says which one it is:

1. mailbox     adapters/mailbox.py       the IMAP folder; arrival is the server's INTERNALDATE
2. parse       reading/parse.py          bytes -> Mail: headers, one clean text, structure
3. triage      reading/triage.py         may this be answered at all? machines are counted, not answered
4. understand  reading/understand.py     Mail -> Reading -> Request
5. decide      core/decide.py            (Roster, Request, now) -> effects; the rules, pure
6. record      adapters/store.py         roster, answers (final bytes), ledger, journal: one commit
7. courier     adapters/courier.py       the outbox leaves by SMTP: claim, send, settle

Two journeys can be read top to bottom: `receive.py` (stops 1 to 6) and `deliver.py` (stop 7).
The clock is a third, smaller source of requests: `lapse.py`.
"""

__version__ = "0.1.0"

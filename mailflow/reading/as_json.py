"""Stop 4, told to programs: a Reading as the object of `mailflow parse --json`; the ledger keeps the same."""

from __future__ import annotations

from mailflow.core.model import Person
from mailflow.reading.model import Reading


def as_json(reading: Reading, file: str) -> dict[str, object]:
    """The object of `mailflow parse --json`."""
    return {
        "file": file,
        "kind": str(reading.kind),
        "intent": str(reading.intent),
        "confidence": round(reading.confidence, 3),
        "language": reading.language,
        "seats": reading.seats,
        "people": [_person_json(p) for p in reading.people if p.name],
        "organisation": reading.organisation,
        "involvement": reading.involvement,
        "projects": list(reading.projects),
        "workshops": {str(number): project for number, project in sorted(reading.workshops.items())},
        "has_question": reading.has_question,
        "may_auto_answer": reading.may_auto_answer,
        "reason": reading.reason,
        "answers": reading.answers,
        "reply_text": reading.reply_text,
        "decoded": reading.decoded,
        "error": reading.error,
    }


def _person_json(person: Person) -> dict[str, str | None]:
    return {"name": person.name, "email": person.email}

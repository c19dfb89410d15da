"""Stop 4, understand: Mail -> Reading -> Request.

The steps, each a room of its own: triage (a machine's mail is counted, not read further), the new
text apart from quote and signature, the language, sentence by sentence what it does, what the mail
wants, whom it is about, and how they are involved. In doubt the reading says `unclear`.
"""

from __future__ import annotations

from dataclasses import replace

from mailflow.core.model import Event, Person
from mailflow.reading import (
    calendar_reply,
    involvement,
    language,
    listing,
    names,
    orders,
    privacy,
    projects,
    quotes,
    restated,
    seats,
    second_look,
    substituting,
    swapped,
    undivided,
)
from mailflow.reading.about import case_of, party_of, sender_of
from mailflow.reading.asked import REPLY, is_colleague, which_asked
from mailflow.reading.by_cues import REGISTERED, Conclusion
from mailflow.reading.features import Setting
from mailflow.reading.intent import decide, stays, weigh
from mailflow.reading.lexicon import Lexicon, Role
from mailflow.reading.machine import calendar_answer, machine_mail
from mailflow.reading.model import (
    Asked,
    Intent,
    Kind,
    Mail,
    Ours,
    Parts,
    PrivacyWish,
    Reading,
    Verdict,
)
from mailflow.reading.parse import parse
from mailflow.reading.party import Party
from mailflow.reading.request import request
from mailflow.reading.roles import Signs, read_signs
from mailflow.reading.sentences import fold, split
from mailflow.reading.short_answers import short_answer
from mailflow.reading.together import comes_after_all, only_asks, speaks_of_self
from mailflow.reading.triage import triage
from mailflow.reading.when import other_day

__all__ = ["read", "read_bytes", "request"]

MOST_WORDS = 300  # characters of the deciding words that are kept
MOST_SIGNATURE = 400  # characters of a text that can be a signature and nothing else
MOST_IN_NAME = 6  # words
MOST_TEXT = 12_000  # characters of the new text, and of the signature, that are read for their meaning
_TAKES_OR_GIVES = {Intent.REGISTER: Role.REGISTER, Intent.CANCEL: Role.CANCEL}
_SAYS = 0.3  # chance from which another sentence than the one about what we keep takes or gives up a seat
_MAY_STAY = frozenset({Intent.CANCEL, Intent.UNCLEAR})
_SEATED = frozenset({Intent.REGISTER, Intent.CANCEL, Intent.CHANGE})


def read_bytes(raw: bytes, event: Event, lexicon: Lexicon, ours: Ours) -> Reading:
    """What is understood of a message. Never raises: `Reading.error` says what was wrong with it."""
    mail, verdict = Mail(), Verdict(Kind.HUMAN, may_auto_answer=False, reason="could not be read")
    try:
        mail = parse(raw)
        verdict = triage(mail, ours, lexicon.triage)
        return _read(mail, verdict, event, lexicon, ours)
    except Exception as err:  # noqa: BLE001 - the promise of `mailflow parse`: no file ever stops it
        return Reading(
            kind=verdict.kind,
            intent=Intent.UNCLEAR,
            workshops=dict.fromkeys((r.number for r in event.rounds), None),
            reason="could not be read",
            decoded=_decoded(mail),
            error=f"{mail.error or 'reading failed'} ({type(err).__name__})",
        )


def read(mail: Mail, event: Event, lexicon: Lexicon, ours: Ours) -> Reading:
    """What is understood of a parsed message, for this event."""
    return _read(mail, triage(mail, ours, lexicon.triage), event, lexicon, ours)


def _read(mail: Mail, verdict: Verdict, event: Event, lexicon: Lexicon, ours: Ours) -> Reading:
    parts = quotes.of_mail(mail, lexicon.quotes)
    reading = Reading(
        kind=verdict.kind,
        may_auto_answer=verdict.may_auto_answer,
        reason=verdict.reason,
        workshops=dict.fromkeys((r.number for r in event.rounds), None),
        language=language.guess(parts.new, lexicon.languages) or _of_subject(mail, parts, lexicon),
        reply_text=parts.new,
        decoded=_decoded(mail),
        error=mail.error,
    )
    calendar = calendar_reply.read_reply(mail.calendar) if mail.calendar else None
    if calendar is not None and calendar.partstat:
        return calendar_answer(reading, mail, calendar, lexicon)
    if second_look.by_words(verdict):
        # Words may withhold an answer, never a record: who asks for something with them is a person.
        unjudged = replace(reading, kind=Kind.HUMAN, may_auto_answer=True, reason=None)
        person = _person(unjudged, mail, parts, event, lexicon, ours)
        return second_look.settled(person, verdict, lexicon) or machine_mail(reading, mail, verdict, lexicon)
    if verdict.kind is not Kind.HUMAN:
        return machine_mail(reading, mail, verdict, lexicon)
    return second_look.torn(_person(reading, mail, parts, event, lexicon, ours), lexicon)


def _decoded(mail: Mail) -> str:
    sender = f"{mail.sender.name} <{mail.sender.email}>" if mail.sender else mail.first("from")
    return f"{sender}\n{mail.subject}\n{mail.text}"


def _person(
    reading: Reading, mail: Mail, parts: Parts, event: Event, lexicon: Lexicon, ours: Ours
) -> Reading:
    """A person's mail: what it wants, whom it is about, how they are involved."""
    words = lexicon.names
    parts = orders.without_orders(read_of(mail, parts, lexicon), words.grammar)
    asked = which_asked(mail, parts, lexicon, ours, event)
    if asked not in REGISTERED:
        parts = listing.without_absent(parts, words)
    setting = Setting(asked, lexicon.names_of(event))
    body, subject = sentences_of(mail, parts, setting, lexicon, reading.language)
    body = [s for s in body if s.sentence.asks or not privacy.denies(s.sentence, lexicon.privacy)]
    sentences = tuple(s.sentence for s in body)
    only_attachment = mail.attachments > 0 and not sentences
    decision = decide(body, subject, asked, lexicon.decider, only_attachment=only_attachment)
    changes = decision.replaces or decision.intent is Intent.CHANGE
    if changes and (more := seats.difference((*sentences, *(s.sentence for s in subject)), words)):
        # "with two instead of three" exchanges numbers, not people
        fewer = more < 0
        decision = replace(
            decision, intent=Intent.CANCEL if fewer else Intent.CHANGE, adds=not fewer, replaces=False
        )
    if is_colleague(mail, ours, event) and not speaks_of_self(body, Role.REGISTER, Role.CANCEL):
        # The organisers talk among themselves, with the mailbox in copy: nobody is seated by that.
        decision = replace(decision, intent=Intent.OTHER, confidence=0.7, has_question=False, answers=None)
    elif asked is Asked.NOTHING and decision.intent in _TAKES_OR_GIVES:
        role = _TAKES_OR_GIVES[decision.intent]
        said = [s.sentence.folded for s in body or subject if s[role] >= 1.0]
        if other_day(said, fold(f"{mail.subject} {parts.new}"), event, words.grammar.days):
            reason = "speaks of another day than the event's"
            decision = replace(decision, intent=Intent.UNCLEAR, confidence=0.4, reason=reason)

    sender = sender_of(mail, parts, sentences, lexicon)
    finder = projects.Finder.of(event)
    wished = projects.wishes(sentences, finder, lexicon)
    case = case_of(sender, decision, asked, body, subject, parts, event, lexicon)
    about = party_of(case, words, lexicon.decider)
    of_self = all(sender.writer.is_called(p.name) for p in about.people if p.name)
    after_all = comes_after_all(body, words.relations) or restated.nobody_leaves(body, words)
    if decision.intent in _MAY_STAY and of_self and after_all:
        parted = restated.parting(body, sender.writer, words, case.not_people)
        if parted is None or all(sender.writer.is_called(p.name) for p in parted.leaves):
            decision = stays(decision, body)
    kept = privacy.wish((*sentences, *(s.sentence for s in subject)), lexicon.privacy)
    if kept is not PrivacyWish.NONE:
        decision = _besides(kept, decision, body, lexicon)
    if decision.intent is Intent.AUTO_REPLY:  # by its words; no header said so
        reading = replace(reading, kind=Kind.AUTO_REPLY, may_auto_answer=False, reason=decision.reason)
    guests: tuple[Person, ...] = ()
    if asked in REGISTERED and decision.intent not in {Intent.CANCEL, Intent.OTHER, Intent.AUTO_REPLY}:
        guests = restated.guests_named(sentences, sender.writer, words, case.not_people)
    swap: substituting.Exchange | None = None
    if guests:  # the names of those who had none
        changed = replace(decision, intent=Intent.CHANGE, answers=None, reason=None)
        decision, about = replace(changed, replaces=False, adds=False), Party(guests, 0)
    elif swapped.may_be_one(decision, asked):
        address = mail.sender.email if mail.sender else ""
        told = sentences or tuple(s.sentence for s in subject)
        swap = substituting.exchange(told, parts.new, sender.writer, address, words, case.not_people)
    if not guests:
        decision, about, swap = swapped.settled(decision, about, swap, sender.writer)
    if swap is None and not decision.replaces and not guests:
        decision, about = restated.said_anew(
            decision, about, asked, body, sender.writer, words, case.not_people
        )
    together = undivided.all_or_nothing(sentences, words.grammar)
    if together and asked in REGISTERED:
        decision = undivided.as_a_wish(decision, sentences)
    own_seat = decision.intent is Intent.REGISTER and (about.seats or 0) <= 1
    yes = decision.answers == "yes" or decision.adds
    if asked is Asked.OFFER and only_asks(body) and yes and not own_seat:  # "may I bring my dog?" is no yes
        decision = replace(decision, intent=Intent.QUESTION, answers=None, reason=None, has_question=True)
    statement, stated_in = (
        involvement.stated(body, wished, decision.intent, asked, words, lexicon.decider.statements)
        if decision.intent in {Intent.REGISTER, Intent.CHANGE, Intent.QUESTION}
        else (None, frozenset())
    )
    seated = decision.intent in _SEATED
    return replace(
        reading,
        intent=decision.intent,
        confidence=decision.confidence,
        reason=reading.reason or decision.reason,
        seats=about.seats if seated else 0,
        total=about.total,
        stays=about.stays,
        together=together,
        more=next(words.grammar.numbers_in("more", " ".join(s.folded for s in sentences)), (0,))[0],
        people=about.people if seated else (),
        replaces=swap.leaving if swap else () if decision.replaces else None,
        organisation=sender.organisation,
        involvement=statement,
        projects=projects.named([(i, sentences[i]) for i in sorted(stated_in)], finder) if seated else (),
        workshops={**reading.workshops, **wished.rounds} if seated else reading.workshops,
        has_question=decision.has_question,
        answers=decision.answers,
        asked=asked,
        short=short_answer(parts.new, mail.sender.name if mail.sender else "", lexicon.answers),
        privacy=kept,
        words=decision.words[:MOST_WORDS],
        question=decision.question,
        writer=sender.writer.name,
    )


def _besides(kept: PrivacyWish, decision: Conclusion, body: list[Signs], lexicon: Lexicon) -> Conclusion:
    """What a mail with a wish about what we keep wants besides it: by itself that wish is a question."""
    others = [s for s in body if privacy.wish_of(s.sentence, lexicon.privacy) is PrivacyWish.NONE]
    takes = any(s.likely(Role.REGISTER) >= _SAYS for s in others)
    if takes and kept is PrivacyWish.FORGET:
        return replace(decision, intent=Intent.UNCLEAR, reason="asks for a seat, and to be forgotten")
    if takes or any(s.likely(Role.CANCEL) >= _SAYS for s in others):
        return decision
    return replace(decision, intent=Intent.QUESTION, confidence=0.8, reason=None, answers=None)


def read_of(mail: Mail, parts: Parts, lexicon: Lexicon) -> Parts:
    """What is read for its meaning. Nobody types a sign-up of six pages: what lies below is kept and shown.
    A text that begins with the sender's own name is a signature below nothing: the subject says it all."""
    new, signature = parts.new[:MOST_TEXT], parts.signature[:MOST_TEXT]
    first, _, rest = new.strip().partition("\n")
    shown = names.display_name(mail.sender.name, mail.sender.email, lexicon.names) if mail.sender else ""
    is_name = bool(shown) and len(first.split()) <= MOST_IN_NAME and names.same(shown, first)
    if is_name and len(shown.split()) > 1 and rest.strip() and len(new) < MOST_SIGNATURE:
        return replace(parts, new="", signature=f"{new.strip()}\n{signature}".strip())
    return replace(parts, new=new, signature=signature)


def sentences_of(
    mail: Mail, parts: Parts, setting: Setting, lexicon: Lexicon, language_: str | None
) -> tuple[list[Signs], list[Signs]]:
    """The weighed sentences of the text and, where the writer made it, of the subject."""
    body = read_signs(split(without_greeting(parts.new, lexicon)), lexicon, language_)
    above = REPLY.sub("", mail.subject)
    is_reply = above != mail.subject.strip()
    subject = [] if is_reply and body else read_signs(split(above), lexicon, language_)
    return (
        weigh(body, setting, lexicon.decider, in_subject=False),
        weigh(subject, setting, lexicon.decider, in_subject=True),
    )


def without_greeting(text: str, lexicon: Lexicon) -> str:
    """The text without its first line where that only greets."""
    head, newline, tail = text.partition("\n")
    if newline and len(head.split()) <= 6 and head.rstrip().endswith((",", "!")) and tail.strip():
        first = fold(head).split()[:1]
        if first and first[0] in lexicon.names.not_names:
            return tail
    return text


def _of_subject(mail: Mail, parts: Parts, lexicon: Lexicon) -> str | None:
    """The language of a subject of the sender's own, where the text itself shows none."""
    subject = REPLY.sub("", mail.subject)
    if subject != mail.subject.strip() and parts.new.strip():
        return None
    return language.guess(f"{subject}\n{parts.new}", lexicon.languages)

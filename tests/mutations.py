"""The mutation table: each rule broken on purpose, by one small patch, and the test that must see it.

    python -m tests.mutations            the table, as Markdown
    python -m tests.mutations --quick    the named tests alone, without the random histories
    python -m tests.mutations --json     for test_mutations.py, which asks every eighth row

Each patch is made to the source of one module of the core as it is imported, in a process of its own,
forked before anything of ours is imported; nothing on disk is touched. `histories`: the random histories
(random_histories.py) must see it too, without knowing what to look for.
"""

# ruff: noqa: E501 - patches as they stand in the source

from __future__ import annotations

import argparse
import importlib.abc
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import ModuleType

import pytest

CORE = Path(__file__).parent.parent / "mailflow" / "core"
LOOKED_AT = 1500  # histories, at most, until one breaks


@dataclass(frozen=True)
class Mutation:
    """A rule and how it is broken. `old` stands in the module just once; `test` must fail."""

    rule: str
    module: str
    old: str
    new: str
    test: str
    histories: bool = True

    def source(self) -> str:
        """The module with that rule broken."""
        text = (CORE / f"{self.module}.py").read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.module}.py holds {text.count(self.old)} times: {self.old}")
        return text.replace(self.old, self.new)


D, O, W = "test_decide.py::test_", "test_offers.py::test_", "test_whose_word.py::test_"  # noqa: E741
C, K, F = "test_calendar_rules.py::test_", "test_clock_rules.py::test_", "test_found.py::test_"

MUTATIONS = (
    Mutation(
        "a newcomer overtakes who waits", "growing",
        "        if somebody_ahead(outcome.roster, current):\n            continue\n", "",
        D + "a_newcomer_never_overtakes_a_waiting_party_that_fits",
    ),
    Mutation(
        "the list is served last come, first served", "waitlist",
        "return sorted(waiting, key=lambda p: p.rank)",
        "return sorted(waiting, key=lambda p: p.rank, reverse=True)",
        D + "raising_the_capacity_promotes_in_order",
    ),
    Mutation(
        "promotion before the release", "decide",
        "            cancel(outcome, request)\n",
        "            promote(outcome)\n            cancel(outcome, request)\n            return outcome.effects\n",
        D + "a_cancelled_seat_goes_to_the_head_of_the_waitlist",
    ),
    Mutation(
        "no promotion after a release", "decide",
        "    promote(outcome)  # after", "    # after",
        D + "a_cancelled_seat_goes_to_the_head_of_the_waitlist",
    ),
    Mutation(
        "no recount after each promoted party", "promotion",
        "    while True:\n        party, first = next_promotion(outcome.roster, outcome.now), head(outcome.roster)\n",
        "    count = outcome.roster\n    while True:\n"
        "        party, first = next_promotion(outcome.roster, outcome.now), head(outcome.roster)\n"
        "        if party is None and count.free and first and not gained.get(first.registration.ref):\n"
        "            party = first if first.size <= count.free else None\n",
        D + "one_freed_seat_promotes_one",
    ),
    Mutation(
        "leaving the waitlist promotes", "leaving",
        "    after = replace(after, pending=None)\n    if len",
        "    after = replace(after, pending=None)\n"
        "    if all(s.number is None for s in lost):\n"
        "        outcome.roster = replace(outcome.roster, capacity=outcome.roster.capacity + 1)\n    if len",
        D + "leaving_the_waitlist_promotes_nobody",
    ),
    Mutation(
        "offered seats count as free", "model",
        "return sum(1 for _, seat in self.seats() if seat.holds)",
        "return sum(1 for _, seat in self.seats() if seat.holds and seat.state != 'offered')",
        O + "from_72_hours_to_3_it_is_offered_with_a_deadline",
    ),
    Mutation(
        "held seats are given away", "model",
        "return max(0, self.capacity - self.held - self.taken)",
        "return max(0, self.capacity - self.taken)",
        D + "held_seats_are_not_given_away",
    ),
    Mutation(
        "a lowered capacity removes somebody", "decide",
        "    outcome.limits(Limits(capacity, held))\n",
        "    outcome.limits(Limits(capacity, held))\n"
        "    for r in outcome.roster.registrations:\n"
        "        if outcome.roster.over and r.held:\n"
        "            from mailflow.core.leaving import give_up\n"
        "            give_up(outcome, r, r.held)\n",
        D + "lowering_the_capacity_removes_nobody_and_nothing_is_promoted_until_below_it",
    ),
    Mutation(
        "a seat number is given twice", "waitlist",
        "used = {seat.number for _, seat in roster.seats() if seat.holds}",
        "used = {seat.number for _, seat in roster.seats() if seat.state == 'confirmed'}",
        "test_invariants.py::test_a_history_of_every_sort_breaks_no_promise",
    ),
    Mutation(
        "a late party is seated", "waitlist",
        "return not (party.late or registration", "return not (registration",
        D + "after_closing_a_newcomer_waits_as_late_behind_those_in_time_even_when_seats_are_free",
    ),
    Mutation(
        "a party that owes its involvement is seated", "waitlist",
        "registration.in_review or owes or", "registration.in_review or",
        D + "under_require_a_seat_is_given_only_once_the_involvement_is_stated",
    ),
    Mutation(
        "a party in review is seated", "waitlist",
        "party.late or registration.in_review or owes", "party.late or owes",
        D + "a_party_above_the_limit_goes_to_a_person_and_takes_no_seat",
    ),
    Mutation(
        "an unreachable party is offered seats again", "waitlist",
        " or owes or registration.unreachable)", " or owes)",
        O + "an_offer_that_bounces_ends_at_once_and_is_not_counted_as_passed",
    ),
    Mutation(
        "a party is split over seat and waitlist", "waitlist",
        "return size <= roster.free\n", "return roster.free > 0\n",
        D + "a_party_is_kept_together_and_asked_before_it_is_split",
    ),
    Mutation(
        "a part is offered a second time", "waitlist",
        "return some and not asked and", "return some and",
        O + "the_party_that_waits_for_all_keeps_its_place_and_is_not_asked_again",
    ),
    Mutation(
        "the rest of a party that was offered a part is seated alone", "waitlist",
        "        if (s.arrival, s.uid) == (first.arrival, first.uid)\n", "        if False\n",
        F + "a_party_that_was_offered_a_part_gets_all_its_seats_when_the_rest_comes_free",
    ),
    Mutation(
        "offers until minutes before the start", "waitlist",
        "NO_PROMOTION_BEFORE_START = timedelta(hours=3)", "NO_PROMOTION_BEFORE_START = timedelta(minutes=3)",
        O + "under_three_hours_nobody_is_promoted",
    ),
    Mutation(
        "seats are given, not offered, up to the start", "waitlist",
        "AUTOMATIC_UNTIL = timedelta(hours=72)", "AUTOMATIC_UNTIL = timedelta(hours=3)",
        O + "from_72_hours_to_3_it_is_offered_with_a_deadline", False,
    ),
    Mutation(
        "the time to the start by the clock on the wall", "waitlist",
        "return event.starts.astimezone(UTC) - now.astimezone(UTC)",
        "return event.starts.replace(tzinfo=None) - now.astimezone(event.starts.tzinfo).replace(tzinfo=None)",
        O + "promotion_counts_real_hours_across_the_change_to_winter_time", False,
    ),
    Mutation(
        "manual promotion is automatic", "waitlist",
        "if event.promotion is Promotion.MANUAL or time_left", "if time_left",
        O + "the_event_can_choose_one_way_for_all_times",
    ),
    Mutation(
        "a deadline in the night", "offers",
        "    if _QUIET_TO <= local.hour < _QUIET_FROM or time_left < _NO_NIGHT_WITHIN:\n        return until\n",
        "    if local:\n        return until\n",
        O + "no_deadline_falls_in_the_night",
    ),
    Mutation(
        "a deadline by the clock on the wall", "offers",
        "    until = now.astimezone(UTC) + stands\n",
        "    zone = ZoneInfo(event.timezone)\n    until = (now.astimezone(zone) + stands).astimezone(UTC)\n",
        O + "a_deadline_across_the_change_to_winter_time_is_so_many_real_hours", False,
    ),
    Mutation(
        "a morning's deadline after the start", "offers",
        "return morning if morning < event.starts.astimezone(UTC) else until", "return morning",
        O + "a_deadline_moved_to_the_morning_never_passes_the_start",
    ),
    Mutation(
        "the watermark is ignored: what is due expires unread", "clock",
        "    if read_until is not None:\n        _expire", "    read_until = now\n    if read_until:\n        _expire",
        O + "nothing_expires_while_the_mailbox_is_unread",
    ),
    Mutation(
        "a yes counts when it is read, not when it arrived", "offers",
        "return offer is not None and min(sender.arrival, now) <= offer.until",
        "return offer is not None and now <= offer.until",
        O + "the_arrival_of_a_yes_counts_and_not_when_it_is_read", False,
    ),
    Mutation(
        "a lapsed offer is not counted", "offers",
        "passed = registration.passed + (0 if offer.partial else 1)", "passed = registration.passed",
        O + "nobody_answers_and_it_lapses_back_on_the_list_behind_the_others",
    ),
    Mutation(
        "off the list after the first offer", "offers",
        "PASSED_OFF_THE_LIST = 2", "PASSED_OFF_THE_LIST = 1",
        O + "nobody_answers_and_it_lapses_back_on_the_list_behind_the_others",
    ),
    Mutation(
        "a part that lapses costs a place", "offers",
        "(0 if offer.partial else 1)", "1",
        O + "a_part_that_lapses_costs_the_party_no_place",
    ),
    Mutation(
        "an offer is not used up by the yes", "offers",
        "registration.with_offer(replace(offer, state=OfferState.ACCEPTED))", "registration",
        O + "a_yes_in_time_takes_the_seat_and_the_offer_is_used",
    ),
    Mutation(
        "a bounce of the offer holds its seats", "unreachable",
        "            end(outcome, registration)", "            pass",
        O + "an_offer_that_bounces_ends_at_once_and_is_not_counted_as_passed", False,
    ),
    Mutation(
        "fewer people, and nothing is freed", "growing",
        "    lost = tuple(s.become(SeatState.CANCELLED, outcome.now) for s in leaving)\n", "    lost = ()\n",
        D + "a_smaller_total_frees_seats_at_once_and_promotes", False,
    ),
    Mutation(
        "we cannot come: only the writer leaves", "leaving",
        "        return _all_of(registration, request.sender)", "        return registration.alive[:1]",
        D + "we_cannot_come_releases_all",
    ),
    Mutation(
        "identity by the From alone", "identity",
        "    if sender.proof is Proof.AUTHENTICATED:\n", "    if sender.proof:\n",
        W + "a_bare_from_takes_no_seat_away_and_the_holder_is_asked",
    ),
    Mutation(
        "any token proves any registration", "identity",
        "        answered.ref == registration.ref or answered.contact == registration.contact\n", "        True\n",
        W + "another_registrations_token_proves_nothing_here",
    ),
    Mutation(
        "a stranger with our token speaks for the holder", "identity",
        "    if not belongs(registration, sender):\n        return False\n", "",
        W + "who_asks_in_anothers_name_hears_that_the_holder_is_asked",
    ),
    Mutation(
        "the holder's yes needs no proof", "yes_no",
        "    if pending is None or not is_certain(outcome.roster, registration, sender):\n",
        "    if pending is None:\n",
        "test_invariants.py::test_a_history_of_every_sort_breaks_no_promise",
    ),
    Mutation(
        "a forged no refuses the offer", "yes_no",
        "    if offer is not None and not is_certain(outcome.roster, registration, sender):\n",
        "    if offer is not None and not offer:\n",
        O + "a_forged_no_takes_no_offer_away",
    ),
    Mutation(
        "silence of the holder is a yes for ever", "clock",
        "if pending is not None and pending.until < read_until:", "if pending is not None and False:",
        W + "the_holders_no_or_silence_leaves_everything_as_it_is", False,
    ),
    Mutation(
        "a substitute frees the seat", "substitution",
        '    if outcome.roster.event.substitution == "via_waitlist":', "    if True:",
        W + "the_seat_stays_and_the_person_changes", False,
    ),
    Mutation(
        "a namesake loses the place on the list", "substitution",
        "        if not coming.email:\n", "        if not coming:\n",
        F + "who_is_named_as_coming_keeps_the_place_of_a_namesake_on_the_list",
    ),
    Mutation(
        "two registrations of one contact", "substitution",
        "return own is not None and own.ref != registration.ref and len(own.alive) > 1", "return False",
        F + "who_speaks_for_a_party_of_their_own_gets_no_second_registration_by_taking_a_seat_over",
    ),
    Mutation(
        "who comes back gets the seat that was given away", "registering",
        "    return None if given_away else own[-1]\n", "    return own[-1]\n",
        W + "where_the_seat_was_given_away_it_is_a_new_arrival", False,
    ),
    Mutation(
        "who comes back after days stands where they stood", "registering",
        "SECOND_THOUGHT = timedelta(hours=2)", "SECOND_THOUGHT = timedelta(days=9)",
        W + "after_two_hours_it_is_a_new_arrival", False,
    ),
    Mutation(
        "a calendar's decline frees the seat at once", "calendar",
        "    until = outcome.now + RELEASED_AFTER\n",
        "    from mailflow.core.leaving import release\n"
        "    release(outcome, registration, (seat,), sender)\n    return\n"
        "    until = outcome.now + RELEASED_AFTER\n",
        C + "declined_later_gives_the_seat_up_after_two_hours",
    ),
    Mutation(
        "a decline within 15 minutes is believed", "calendar",
        "BY_ITSELF = timedelta(minutes=15)", "BY_ITSELF = timedelta(0)",
        C + "declined_within_15_minutes_is_the_calendars_own_doing", False,
    ),
    Mutation(
        "a stranger's accept takes the seat", "calendar",
        "    return registration if known else None\n", "    return registration\n",
        C + "a_strangers_accepted_gets_no_seat_but_one_answer", False,
    ),
    Mutation(
        "an answer to an older invitation is heeded", "calendar",
        "    if reply.ref and reply.sequence < invitation.sequence:\n        return True\n", "",
        C + "an_answer_to_an_older_invitation_changes_nothing", False,
    ),
    Mutation(
        "a changed entry keeps its SEQUENCE", "outcome",
        "sequence=invitation.sequence + 1, sent_at=self.now, live=True", "sequence=0, sent_at=self.now, live=True",
        C + "a_word_within_two_hours_keeps_it_and_puts_it_back_in_the_calendar",
    ),
    Mutation(
        "a CANCEL where nothing was ever sent", "outcome",
        "        elif invitation.live and not registration.held:\n", "        elif not registration.held:\n",
        C + "a_confirmation_invites_its_holder_and_a_place_on_the_list_does_not",
    ),
    Mutation(
        "the silent are released though the event does not will it", "clock",
        "elif event.release_silent and repeated_at", "elif repeated_at",
        K + "the_silent_are_asked_again_and_are_at_risk_and_keep_their_seat",
    ),
    Mutation(
        "the silent are released unread", "clock",
        "            if read_until >= due:\n", "            if now >= due:\n",
        "test_found.py::test_the_silent_are_released_when_the_mail_until_then_is_read", False,
    ),
    Mutation(
        "after the start they wait on", "clock",
        "        _close_the_list(outcome, read_until)\n", "        pass\n",
        K + "at_the_start_the_waiting_become_closed",
    ),
    Mutation(
        "after the start seats are given", "growing",
        "    if outcome.now >= outcome.roster.event.starts:\n        return registration\n", "",
        F + "after_the_start_no_seat_is_given_for_an_involvement_that_was_owed",
    ),
    Mutation(
        "who is erased keeps the name", "privacy",
        '        address="",\n        name="",\n', '        address="",\n',
        K + "after_the_retention_days_all_is_erased_and_the_counts_stay",
    ),
    Mutation(
        "who is erased keeps the seat", "privacy",
        "    after = give_up(outcome, registration, registration.alive)\n    outcome.note(\"erased on request\"",
        "    after = registration\n    outcome.note(\"erased on request\"",
        K + "who_asks_to_be_forgotten_is_once_it_is_certain",
    ),
    Mutation(
        "a question is answered twice", "decide",
        "    outcome.answer(ReplyKind.OVER if over else ReplyKind.QUESTION, sender, facts)\n",
        "    for _ in range(2):\n"
        "        outcome.answer(ReplyKind.OVER if over else ReplyKind.QUESTION, sender, facts)\n",
        D + "a_question_gets_a_holding_answer_and_no_seat",
    ),
    Mutation(
        "thanks are answered", "decide",
        '            outcome.note("wrote without asking anything"',
        "            outcome.answer(ReplyKind.STATUS, request.sender, outcome.facts(registration))\n"
        '            outcome.note("wrote without asking anything"',
        D + "thanks_are_counted_and_not_answered",
    ),
)  # fmt: skip


class _Patched(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Gives the broken source for that one module."""

    def __init__(self, mutation: Mutation) -> None:
        self._name, self._source = f"mailflow.core.{mutation.module}", mutation.source()

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        return importlib.util.spec_from_loader(name, self) if name == self._name else None

    def get_source(self, fullname: str) -> str:
        return self._source

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, self._name, "exec"), module.__dict__)  # noqa: S102 - that is the point


def _apart(work: object, mutation: Mutation | None) -> bool:
    """True if that work says so, in a forked process with that rule broken."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    code = 1
    try:
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), 1)
            os.dup2(nothing.fileno(), 2)
        if mutation is not None:
            sys.meta_path.insert(0, _Patched(mutation))
        code = 0 if work() else 1  # type: ignore[operator]
    finally:
        os._exit(code)


def _fail(tests: Sequence[str]) -> bool:
    # Without conftest.py: it imports the whole product, and these tests ask the core alone.
    arguments = ["-x", "-q", "--noconftest", "-p", "no:cacheprovider"]
    return pytest.main([*arguments, *(f"tests/{t}" for t in tests)]) == pytest.ExitCode.TESTS_FAILED


def _break() -> bool:
    from tests.random_histories import Broken, one

    for number in range(LOOKED_AT):
        try:
            one(f"mutation:{number}")
        except Broken:
            return True
        except Exception:  # noqa: BLE001 - a rule so broken that nothing comes of it
            return True
    return False


def seen(mutation: Mutation) -> dict[str, object]:
    """Whether its test fails, and whether a history breaks (None: not asked)."""
    test = _apart(lambda: _fail([mutation.test]), mutation)
    histories = _apart(_break, mutation) if mutation.histories else None
    return {**asdict(mutation), "test_fails": test, "a_history_breaks": histories}


def whole() -> bool:
    """True if all those tests pass where nothing is broken."""
    tests = sorted({m.test for m in MUTATIONS})
    return _apart(lambda: pytest.main(["-q", "--noconftest", "-p", "no:cacheprovider",
                                       *(f"tests/{t}" for t in tests)]) == 0, None)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Rules broken on purpose, and the tests that see it.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="ask the named tests only, no random histories")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth row of the table only")
    chosen = parser.parse_args(arguments)
    os.chdir(CORE.parent.parent)
    some = MUTATIONS[:: chosen.every]
    asked = [replace(m, histories=False) for m in some] if chosen.quick else some
    rows, sound = [seen(m) for m in asked], whole()
    say = sys.stdout.write
    if chosen.json:
        say(json.dumps({"rows": rows, "whole": sound}))
        return 0
    say("| rule broken on purpose | test that fails | random histories |\n|---|---|---|\n")
    for row in rows:
        name = str(row["test"]).split("::test_")[-1].replace("_", " ")
        told = {True: "see it", False: "DO NOT SEE IT", None: "-"}[row["a_history_breaks"]]  # type: ignore[index]
        say(f"| {row['rule']} | {name if row['test_fails'] else 'NONE: ' + name} | {told} |\n")
    missed = [r for r in rows if not r["test_fails"] or r["a_history_breaks"] is False]
    say(
        f"\n{len(rows)} rules broken, {len(missed)} not seen; unbroken, the tests {'pass' if sound else 'FAIL'}.\n"
    )
    return 1 if missed or not sound else 0


if __name__ == "__main__":
    sys.exit(main())

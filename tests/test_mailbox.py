"""The IMAP window, on a real Dovecot and on the embedded pymap: listing, acknowledging, other people."""

from __future__ import annotations

from datetime import timedelta

from mailflow.adapters.mailbox import ImapMailbox
from mailflow.core.ledger import Bucket
from tests.dovecot import Dovecot, dovecot, need_dovecot
from tests.mailbox_servers import (
    NOON,
    Server,
    folder_of,
    mail,
    opened,
    server,
    somebody_else,
    with_attachment,
)

__all__ = ["dovecot", "server"]


def test_arrival_is_the_time_of_the_server_not_the_order_of_uids(server: Server) -> None:
    for hours in (3, 1, 2):
        server.deliver(mail(str(hours)), NOON + timedelta(hours=hours))
    with opened(server) as mailbox:
        found = mailbox.newer_than(0)
        raw = mailbox.fetch([one.uid for one in found])
    assert {raw[one.uid]: one.arrival for one in found} == {
        mail(str(hours)): NOON + timedelta(hours=hours) for hours in (1, 2, 3)
    }
    assert all(one.size == len(mail("1")) for one in found)
    assert all(one.arrival.utcoffset() == timedelta(0) for one in found)


def test_nothing_is_newer_than_the_last_message(server: Server) -> None:
    server.deliver(mail(), NOON)
    with opened(server) as mailbox:
        last = max(mailbox.uids_newer_than(0))
        assert mailbox.newer_than(last) == []  # though "n:*" names the last message
        assert mailbox.uids_newer_than(last) == set()
        assert mailbox.newer_than(last + 1000) == []


def test_an_empty_folder_is_listed_as_empty(server: Server) -> None:
    with opened(server) as mailbox:
        assert mailbox.newer_than(0) == []
        assert mailbox.fetch([]) == {}
        assert mailbox.fetch([4711]) == {}
        assert mailbox.found([4711]) == []


def test_many_messages_come_in_sets(server: Server) -> None:
    for number in range(130):
        server.deliver(mail(f"n{number}"), NOON + timedelta(minutes=number))
    with opened(server) as mailbox:
        found = mailbox.newer_than(0)
        raw = mailbox.fetch([one.uid for one in found])
    assert sorted(raw.values()) == sorted(mail(f"n{number}") for number in range(130))


def test_reading_leaves_no_trace_in_the_flags(server: Server) -> None:
    server.deliver(mail(), NOON)
    server.deliver(with_attachment(100_000), NOON)
    with opened(server) as mailbox:
        mailbox.fetch([one.uid for one in mailbox.newer_than(0)])
    with somebody_else(server) as client:
        assert all(b"\\Seen" not in flags for flags in client.get_flags(client.search()).values())


def test_messages_go_where_their_outcome_sends_them(server: Server) -> None:
    for subject in ("a", "b", "c", "d"):
        server.deliver(mail(subject), NOON)
    with opened(server) as mailbox:
        found = mailbox.newer_than(0)
        uids = {raw: uid for uid, raw in mailbox.fetch([one.uid for one in found]).items()}
        for subject, bucket in zip("abcd", Bucket, strict=True):
            mailbox.mark([uids[mail(subject)]], bucket)
        assert mailbox.uids_newer_than(0) == set()
    assert folder_of(server, "Mailflow/Handled") == [mail("a"), mail("b")]
    assert folder_of(server, "Mailflow/Review") == [mail("c"), mail("d")]
    with somebody_else(server) as client:
        assert {name for _, _, name in client.list_sub_folders()} >= {"Mailflow/Handled", "Mailflow/Review"}


def test_acknowledging_twice_or_what_is_gone_is_no_error(server: Server) -> None:
    server.deliver(mail("a"), NOON)
    server.deliver(mail("b"), NOON)
    with opened(server) as mailbox:
        first, second = sorted(mailbox.uids_newer_than(0))
        mailbox.mark([first], Bucket.HANDLED)
        mailbox.mark([first, 4711, second], Bucket.HANDLED)
        mailbox.mark([first, second], Bucket.HANDLED)
        mailbox.mark([], Bucket.HANDLED)
    assert folder_of(server, "Mailflow/Handled") == [mail("a"), mail("b")]


def test_a_folder_deleted_meanwhile_is_made_again(server: Server) -> None:
    server.deliver(mail("a"), NOON)
    server.deliver(mail("b"), NOON)
    with opened(server) as mailbox:
        first, second = sorted(mailbox.uids_newer_than(0))
        mailbox.mark([first], Bucket.HANDLED)
        with somebody_else(server) as client:
            client.delete_folder("Mailflow/Handled")
        mailbox.mark([second], Bucket.HANDLED)
    assert folder_of(server, "Mailflow/Handled") == [mail("b")]


def test_without_move_only_our_own_messages_are_expunged() -> None:
    need_dovecot()
    with Dovecot(without=("MOVE",)) as server:
        for subject in ("ours", "deleted by others", "untouched"):
            server.deliver(mail(subject), NOON)
        with opened(server) as mailbox:
            raw = mailbox.fetch([one.uid for one in mailbox.newer_than(0)])
            uids = {content: uid for uid, content in raw.items()}
            with somebody_else(server) as client:
                client.delete_messages([uids[mail("deleted by others")]])
            for _ in range(2):
                mailbox.mark([uids[mail("ours")], 4711], Bucket.HANDLED)
        assert server.folder("Mailflow.Handled") == [mail("ours")]
        assert sorted(server.folder("")) == sorted([mail("deleted by others"), mail("untouched")])


def test_without_move_and_uidplus_a_keyword_tells_and_nothing_is_expunged() -> None:
    need_dovecot()
    with Dovecot(without=("MOVE", "UIDPLUS")) as server:
        server.deliver(mail("a"), NOON)
        server.deliver(mail("b"), NOON)
        with opened(server) as mailbox:
            first, second = sorted(mailbox.uids_newer_than(0))
            mailbox.mark([first], Bucket.HANDLED)
            mailbox.mark([second, 4711], Bucket.SET_ASIDE)
            texts = {what: text for what, _, text in ImapMailbox(server.settings()).check()}
        with somebody_else(server) as client:
            flags = client.get_flags(client.search())
            assert client.list_folders() == client.list_folders("", "INBOX")
        assert b"$MailflowHandled" in flags[first]
        assert b"$MailflowReview" in flags[second]
        assert texts["MOVE"] == "not offered: handled mail stays in the folder"


def test_folders_stand_under_the_servers_prefix_with_its_delimiter() -> None:
    need_dovecot()
    with Dovecot(separator=".", prefix="INBOX.") as server:
        server.deliver(mail("a"), NOON)
        with opened(server) as mailbox:
            mailbox.mark(mailbox.uids_newer_than(0), Bucket.HANDLED)
            again = ImapMailbox(server.settings(folder="INBOX.Mailflow.Handled"))
            again.open()
            assert len(again.newer_than(0)) == 1
            again.close()
        assert server.folder("Mailflow.Handled") == [mail("a")]


def test_what_others_read_move_and_delete_loses_nothing(server: Server) -> None:
    for subject in "abcd":
        server.deliver(mail(subject), NOON)
    with opened(server) as mailbox:
        found = mailbox.newer_than(0)
        uids = {raw: uid for uid, raw in mailbox.fetch([one.uid for one in found]).items()}
        with somebody_else(server) as client:
            client.add_flags([uids[mail("a")]], [b"\\Seen"])
            client.create_folder("Elsewhere")
            client.move([uids[mail("b")]], "Elsewhere")
            client.delete_messages([uids[mail("c")]])
            client.expunge()
        assert len(mailbox.uids_newer_than(0)) == 2
        left = mailbox.fetch([one.uid for one in found])
        assert sorted(left.values()) == [mail("a"), mail("d")]
        assert {one.uid for one in mailbox.found(list(uids.values()))} == set(left)
        mailbox.mark(uids.values(), Bucket.HANDLED)
        server.deliver(mail("e"), NOON)
        assert len(mailbox.newer_than(max(uids.values()))) == 1
    assert folder_of(server, "Mailflow/Handled") == [mail("a"), mail("d")]
    assert folder_of(server, "Elsewhere") == [mail("b")]


def test_a_mailbox_whose_numbers_were_given_anew_says_so(dovecot: Dovecot) -> None:
    dovecot.deliver(mail(), NOON)
    mailbox = ImapMailbox(dovecot.settings())
    before = mailbox.open()
    assert mailbox.open() == before
    dovecot.forget_uids()
    assert mailbox.open() != before
    assert len(mailbox.newer_than(0)) == 1
    mailbox.close()

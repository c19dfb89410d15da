"""What can go wrong around `mailflow`: each told in one line with cause and cure, by the right exit
status, and nothing is lost by it.
"""

from __future__ import annotations

import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from tests.command import ADDRESS, OPENED, PASSWORD, PEOPLE, Ran, Site, message_ids, subjects, until
from tests.dovecot import Dovecot, need_dovecot
from tests.smtp_servers import SmtpServer, authority_file

UNREACHABLE, TRY_AGAIN, BAD_INPUT, CONFIGURATION = 69, 75, 65, 78


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Dovecot, SmtpServer]]:
    """A mailbox with TLS for localhost and an SMTP server that wants a login: for what never gets so far
    as to change anything there."""
    need_dovecot()
    smtp = SmtpServer(logins={"poster": "s3cret"})
    with Dovecot(user=ADDRESS, password=PASSWORD, tls=True, names=("localhost",)) as mailbox, smtp:
        yield mailbox, smtp


@pytest.fixture
def refused(servers: tuple[Dovecot, SmtpServer], tmp_path: Path) -> Site:
    """A deployment on these servers, all right so far."""
    site = Site(tmp_path, *servers)
    site.environ |= {"MAILFLOW_SMTP__USER": "poster", "MAILFLOW_SMTP__PASSWORD": "s3cret"}
    return site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A deployment on servers of its own."""
    need_dovecot()
    with Dovecot(user=ADDRESS, password=PASSWORD) as mailbox, SmtpServer() as smtp:
        yield Site(tmp_path, mailbox, smtp)


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, and nobody else gets meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def says_in_one_line(ran: Ran, status: int, *words: str) -> str:
    """Checks the exit status and that one line of standard error has it all; that line."""
    assert ran.status == status, ran.out + ran.err
    (line,) = ran.err.splitlines()
    for word in words:
        assert word in line, line
    return line


# --- the mailbox -------------------------------------------------------------------------------------


def wrong_password(site: Site) -> tuple[str, ...]:
    site.environ["MAILFLOW_MAILBOX__PASSWORD"] = "geraden"
    return "login refused", "check user and password"


def wrong_host(site: Site) -> tuple[str, ...]:
    site.environ["MAILFLOW_MAILBOX__HOST"] = "imap.seinhuis.example"
    site.environ["MAILFLOW_MAILBOX__TLS"] = "implicit"
    return "imap.seinhuis.example", "host name not known", "check mailbox.host"


def certificate_of_another_host(site: Site) -> tuple[str, ...]:
    site.environ["MAILFLOW_MAILBOX__TLS"] = "implicit"
    site.environ["MAILFLOW_MAILBOX__PORT"] = str(site.mailbox.tls_port)
    site.environ["MAILFLOW_MAILBOX__CA_FILE"] = site.mailbox.ca_file
    return "certificate is not accepted", "use the host name that stands in the certificate"


def unknown_authority(site: Site) -> tuple[str, ...]:
    site.environ["MAILFLOW_MAILBOX__TLS"] = "starttls"
    return "certificate is not accepted", "set ca_file"


def tls_on_the_wrong_port(site: Site) -> tuple[str, ...]:
    site.environ["MAILFLOW_MAILBOX__TLS"] = "implicit"
    site.environ["MAILFLOW_MAILBOX__CA_FILE"] = site.mailbox.ca_file
    return "no TLS on this port", 'set tls = "starttls"'


def folder_that_is_not_there(site: Site) -> tuple[str, ...]:
    site.environ["MAILFLOW_MAILBOX__FOLDER"] = "Aanmeldingen"
    return "no folder Aanmeldingen", "there are: INBOX"


@pytest.mark.parametrize(
    "mistake",
    [wrong_password, wrong_host, certificate_of_another_host, unknown_authority, tls_on_the_wrong_port,
     folder_that_is_not_there],
    ids=lambda mistake: mistake.__name__,
)  # fmt: skip
def test_a_mailbox_that_cannot_be_read_is_told_with_its_cure(
    refused: Site, mistake: Callable[[Site], tuple[str, ...]]
) -> None:
    words = mistake(refused)
    line = says_in_one_line(refused.mailflow("poll"), UNREACHABLE, *words)
    assert "geraden" not in line
    # `check` finds the same, and so does `status` until a poll goes well.
    ran = refused.look("check")
    assert ran.status == UNREACHABLE
    (problem,) = [one for one in ran.out.splitlines() if one.startswith("problem")]
    assert all(word in problem for word in words), problem
    status = refused.status()
    assert not status["healthy"]
    assert any(words[0] in one for one in status["problems"]), status["problems"]


def test_a_port_that_nobody_listens_on_is_named(refused: Site) -> None:
    with closed_port() as port:
        refused.environ["MAILFLOW_MAILBOX__PORT"] = str(port)
        ran = refused.mailflow("poll")
    says_in_one_line(ran, UNREACHABLE, f"127.0.0.1:{port}", "connection refused", "mailbox.port")


def test_a_refused_login_is_not_hammered(tmp_path: Path) -> None:
    need_dovecot()
    with Dovecot(user=ADDRESS, password=PASSWORD) as mailbox, SmtpServer() as smtp:
        site = Site(tmp_path, mailbox, smtp, extra="[worker]\npoll_seconds = 1\n")
        site.environ["MAILFLOW_MAILBOX__PASSWORD"] = "geraden"
        with site.start("run") as worker:
            worker.says("login refused")
            until(lambda: "auth failed" in mailbox.log())
            time.sleep(4)  # nothing to wait for: that nothing happens is what is shown
            assert worker.runs
            began = time.monotonic()
            assert worker.end() == 0
            assert time.monotonic() - began < 5
        tried = mailbox.log().count("auth failed")
        assert tried <= 2, "one for reading, one for listening"
        assert "geraden" not in worker.log


# --- the way out -------------------------------------------------------------------------------------


def arrives(site: Site, *numbers: int) -> None:
    """These people's registrations come in."""
    for number in numbers:
        site.deliver(PEOPLE[number].mail(), OPENED + timedelta(minutes=number))


def answered_once(site: Site, people: int) -> bool:
    """Whether each of so many people got one answer."""
    return Counter(len(all_of) for all_of in subjects(site.smtp).values()) == {1: people}


def no_server(site: Site) -> tuple[str, ...]:
    site.smtp.__exit__(None, None, None)
    return ("connection refused",)


def no_login(site: Site) -> tuple[str, ...]:
    site.environ["MAILFLOW_SMTP__PASSWORD"] = "geraden"
    return "refuses the login", "check smtp.user and smtp.password"


def no_trust(site: Site) -> tuple[str, ...]:
    del site.environ["MAILFLOW_SMTP__CA_FILE"]
    return "certificate is not accepted", "set ca_file"


@pytest.mark.parametrize("trouble", [no_server, no_login, no_trust], ids=lambda trouble: trouble.__name__)
def test_registrations_are_kept_while_no_answer_can_leave_and_answered_by_the_next_poll(
    tmp_path: Path, trouble: Callable[[Site], tuple[str, ...]]
) -> None:
    need_dovecot()
    authority = trustme.CA()
    smtp = SmtpServer(
        tls="implicit" if trouble is no_trust else "starttls",
        authority=authority,
        certified_for="127.0.0.1",
        logins={"poster": "s3cret"},
    )
    with Dovecot(user=ADDRESS, password=PASSWORD) as mailbox, smtp:
        site = Site(tmp_path, mailbox, smtp)
        right = site.environ | {
            "MAILFLOW_SMTP__TLS": smtp.tls,
            "MAILFLOW_SMTP__USER": "poster",
            "MAILFLOW_SMTP__PASSWORD": "s3cret",
            "MAILFLOW_SMTP__CA_FILE": authority_file(authority, tmp_path),
        }
        site.environ = dict(right)
        words = trouble(site)
        arrives(site, *range(8))
        line = says_in_one_line(site.mailflow("poll"), UNREACHABLE, f"127.0.0.1:{smtp.port}", *words)
        assert "geraden" not in line
        assert smtp.login_tries <= 1, "asked once, not once a mail"
        assert [row["state"] for row in site.seats()] == ["confirmed"] * 8
        assert site.handled() == 8
        assert site.status()["outbox"] == {"queued": 8, "sending": 0, "sent": 0, "failed": 0}
        site.environ = right
        if trouble is no_server:
            smtp.__enter__()
        ran = site.mailflow("poll")
        assert (ran.status, ran.err) == (0, "")
        assert answered_once(site, 8)
        assert site.status()["healthy"]


def test_one_address_that_is_refused_keeps_nobody_else_from_being_answered(site: Site) -> None:
    arrives(site, *range(4))
    site.smtp.will("RCPT", "550 5.1.1 no such user", to=PEOPLE[1].address)
    site.smtp.will("RCPT", "451 4.7.1 greylisted", to=PEOPLE[2].address)
    ran = site.mailflow("poll")
    assert (ran.status, ran.err) == (0, "")
    assert set(subjects(site.smtp)) == {PEOPLE[0].address, PEOPLE[3].address}
    assert site.status()["outbox"] == {"queued": 1, "sending": 0, "sent": 2, "failed": 1}
    site.smtp.relents()
    assert site.mailflow("poll", now="2018-10-20T12:10:00+02:00").status == 0
    assert set(subjects(site.smtp)) == {PEOPLE[n].address for n in (0, 2, 3)}


# --- the configuration -------------------------------------------------------------------------------


def test_a_typo_is_told_with_the_key_that_was_meant(refused: Site) -> None:
    refused.settings.write_text(refused.settings.read_text().replace("host =", "hots =", 1))
    for command in ("poll", "run", "check", "status"):
        ran = refused.mailflow(command) if command in ("poll", "run") else refused.look(command)
        assert ran.status == CONFIGURATION, command
        said = ran.out + ran.err
        assert "mailflow.toml" in said
        assert "mailbox.hots" in said
        assert "host" in said.replace("hots", "")
    assert not refused.database.exists()


def test_every_mistake_is_told_at_once(refused: Site) -> None:
    refused.event.write_text(
        refused.event.read_text().replace("capacity = 100", 'capacity = "veel"').replace("Europe/", "Europa/")
    )
    refused.environ["MAILFLOW_SMTP__TLS"] = "soms"
    ran = refused.mailflow("poll")
    assert ran.status == CONFIGURATION
    told = ran.err.splitlines()
    assert len(told) == 3, ran.err
    for words in (("werkplaats.toml", "capacity"), ("werkplaats.toml", "timezone"), ("MAILFLOW_SMTP__TLS",)):
        assert any(all(word in line for word in words) for line in told), (words, told)


# --- the database ------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["sqlite:////proc/mailflow.db", "sqlite:////nonexistent/mailflow.db"])
def test_a_folder_that_cannot_be_written_is_told_and_no_mail_is_touched(site: Site, url: str) -> None:
    arrives(site, 0)
    right = dict(site.environ)
    site.environ["MAILFLOW_DATABASE__URL"] = url
    says_in_one_line(
        site.mailflow("poll"), TRY_AGAIN, f"{Path(url.removeprefix('sqlite:///')).parent}", "folder"
    )
    assert (site.left(), site.handled(), site.smtp.arrived) == (1, 0, [])
    site.environ = right
    assert site.mailflow("poll").status == 0
    assert answered_once(site, 1)


def test_a_file_that_is_no_database_is_left_as_it_is(site: Site) -> None:
    arrives(site, 0)
    words = b"Notulen van de vergadering van 3 mei. Aanwezig: alle leden.\n" * 99
    site.database.write_bytes(words)
    says_in_one_line(
        site.mailflow("poll"), BAD_INPUT, "mailflow.db", "is not a database of mailflow", "name another"
    )
    assert site.database.read_bytes() == words
    assert (site.left(), site.smtp.arrived) == (1, [])


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of some megabytes at that folder, for a `with` block; False where none can be made."""
    folder.mkdir()
    order = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() or shutil.which("mount") is None or subprocess.run(order, capture_output=True).returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path, room: int) -> Path:
    """Leave so many octets on the disk; the file that takes the rest."""
    free = os.statvfs(folder)
    filler = folder / "filler"
    with filler.open("wb") as full:
        os.posix_fallocate(full.fileno(), 0, free.f_bavail * free.f_frsize - room)
    return filler


@pytest.mark.parametrize("room", [8 * 1024, 300 * 1024], ids=["at_once", "in_the_middle"])
def test_a_full_disk_loses_nothing_and_once_there_is_room_all_are_answered(
    site: Site, tmp_path: Path, room: int
) -> None:
    site.environ["MAILFLOW_WORKER__BATCH"] = "10"
    with small_disk(tmp_path / "disk") as mounted:
        database = tmp_path / "disk" / "mailflow.db"
        site.environ["MAILFLOW_DATABASE__URL"] = f"sqlite:///{database}"
        arrives(site, 0, 1)
        assert site.mailflow("poll").status == 0
        arrives(site, *range(2, 62))
        if mounted:
            filler = fill(tmp_path / "disk", room)
            ran = site.mailflow("poll")
            filler.unlink()
        else:  # no file of it may grow any more: as near as an ordinary user can come
            largest = database.stat().st_size + room
            ran = site.mailflow(
                "poll", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
            )
        says_in_one_line(ran, TRY_AGAIN, "disk")
        assert site.left() > 0
        assert (site.handled() > 2) == (room > 8 * 1024)
        # What had been handed over when the disk ended may go again, as the very same mail, once the
        # ten minutes of doubt are over.
        later = "2018-10-20T12:30:00+02:00"
        ran = site.mailflow("poll", now=later)
        assert (ran.status, ran.err) == (0, "")
        assert [row["contact"] for row in site.seats()] == [person.address for person in PEOPLE[:62]]
        assert all(len(message_ids(site.smtp, person.address)) == 1 for person in PEOPLE[:62])
        status = site.status(later)
        assert status["mails"]["handled"] == 62
        assert status["mails"]["unaccounted"] == status["mails"]["set_aside"] == 0
        assert status["outbox"] == {"queued": 0, "sending": 0, "sent": 62, "failed": 0}
        assert (site.left(), site.handled()) == (0, 62)
        assert site.is_sound()


def test_a_database_that_is_held_by_another_for_long_is_waited_for(site: Site) -> None:
    arrives(site, 0)
    assert site.mailflow("poll").status == 0
    arrives(site, 1)
    with closing(sqlite3.connect(site.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with site.start("poll") as waiting:
            time.sleep(2.5)  # nothing to wait for: it is shown that it waits
            assert waiting.runs, waiting.log
            other.execute("ROLLBACK")
            assert waiting.process.wait(30) == 0, waiting.log
    assert answered_once(site, 2)

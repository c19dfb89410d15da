"""A private Postfix: own configuration, queue and log, one free port, no system service.

Its master must start as root (it gives its parts other users). Mail to `jan@participants.example`
ends in a Maildir; other addresses there are refused, deferred or hung up on.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

DAEMONS = Path("/usr/lib/postfix/sbin")
PATIENCE = 20.0

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {home}/log
maillog_file_prefixes = {home}
myhostname = mx.example
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
virtual_mailbox_domains = participants.example
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = inline:{{ {{jan@participants.example = jan/}} }}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_recipient_restrictions = check_recipient_access inline:{{
    {{busy@participants.example = 451 4.7.1 greylisted}}
    {{closing@participants.example = 421 4.3.2 going down}} }} permit_mynetworks reject
smtpd_error_sleep_time = 0
smtpd_tls_security_level = may
smtpd_tls_chain_files = {home}/server.pem
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""
# Owner "postfix" and mode, as postfix-files has them; "postfix check" makes them too, in 2 s.
PRIVATE = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private")
QUEUES = dict.fromkeys((*PRIVATE, "saved", "trace"), 0o700)
QUEUES |= {"maildrop": 0o1730, "public": 0o2710}


@dataclass(frozen=True)
class Postfix:
    """One that runs. `authority_file`: what to trust for its certificate, made out to localhost."""

    port: int
    mail: Path
    authority_file: str
    log: Path

    def arrived(self, count: int) -> list[bytes]:
        """The mails in Jan's Maildir, as stored, once there are so many of them."""
        end = time.monotonic() + PATIENCE
        while True:
            found = sorted((self.mail / "jan" / "new").glob("*"))
            if len(found) >= count:
                return [f.read_bytes() for f in found]
            if time.monotonic() > end:
                raise TimeoutError(f"{len(found)} mails of {count}:\n{self.log.read_text()}")
            time.sleep(0.02)


def why_not() -> str | None:
    """Why no Postfix can run here, or None."""
    if not (DAEMONS / "master").exists() or shutil.which("postconf") is None:
        return "Postfix is not installed (apt-get install postfix)"
    if os.geteuid() != 0:
        return "the master of Postfix runs as root only"
    return None


@contextmanager
def running_postfix() -> Iterator[Postfix]:
    """A Postfix for a `with` block; its folder is thrown away afterwards."""
    # Not below pytest's folder: its 0700 would keep the users of Postfix's parts out.
    home = Path(tempfile.mkdtemp(prefix="mailflow-postfix-"))
    home.chmod(0o755)
    owner = pwd.getpwnam("postfix")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for folder in ("etc", "queue", "queue/pid", "data", "mail"):
        (home / folder).mkdir()
    for name, mode in QUEUES.items():
        (home / "queue" / name).mkdir()
        os.chown(home / "queue" / name, owner.pw_uid, -1)
        (home / "queue" / name).chmod(mode)
    os.chown(home / "data", owner.pw_uid, -1)
    os.chown(home / "mail", 65534, 65534)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(home / "authority.pem"))
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(home / "server.pem"))
    (home / "etc" / "main.cf").write_text(MAIN.format(home=home, daemons=DAEMONS))
    (home / "etc" / "master.cf").write_text(MASTER.format(port=port))
    master = subprocess.Popen([DAEMONS / "master", "-c", home / "etc", "-d"], start_new_session=True)
    try:
        _wait_for(port, master, home / "log")
        yield Postfix(port, home / "mail", str(home / "authority.pem"), home / "log")
    finally:
        # Its own process group holds the parts too: nothing of it stays behind.
        os.killpg(master.pid, signal.SIGTERM)
        master.wait(PATIENCE)
        shutil.rmtree(home)


def _wait_for(port: int, master: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if master.poll() is not None or time.monotonic() > end:
                said = log.read_text() if log.exists() else "no log"
                raise RuntimeError(f"Postfix did not start:\n{said}") from None
            time.sleep(0.02)

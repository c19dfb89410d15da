"""The configuration of the private Dovecot of tests/dovecot.py: 2.3, and 2.4, which renamed much."""

from __future__ import annotations

import grp
import pwd
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

COMMON = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
auth_failure_delay = 0
auth_mechanisms = plain login
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_fsync = never
imap_capability = {capabilities}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    {listen} = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    {listen} = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
ssl = {ssl}
"""

OLD = """
disable_plaintext_auth = no
mail_location = maildir:{home}/mail/%u
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
"""
OLD_TLS = """
ssl_cert = <{home}/crt.pem
ssl_key = <{home}/key.pem
"""

# 2.4 wants the versions first.
NEW_FIRST = """
dovecot_config_version = {version}
dovecot_storage_version = {version}
"""
NEW = """
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {home}/mail/%{{user}}
passdb passwd-file {{
  default_password_scheme = plain
  passwd_file_path = {home}/users
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {home}/mail/%{{user}}
  }}
}}
"""
NEW_TLS = """
ssl_server_cert_file = {home}/crt.pem
ssl_server_key_file = {home}/key.pem
"""


def configuration(
    home: Path,
    account: pwd.struct_passwd,
    *,
    port: int,
    tls_port: int,
    capabilities: Iterable[str],
    separator: str,
    prefix: str,
) -> str:
    """The text of dovecot.conf for a server that lives in `home`, run by `account`; `tls_port` 0: no TLS."""
    version = _version()
    new = tuple(int(one) for one in version.split(".")[:2]) >= (2, 4)
    blocks = [NEW_FIRST, COMMON, NEW] if new else [COMMON, OLD]
    if tls_port:
        blocks.append(NEW_TLS if new else OLD_TLS)
    return "".join(blocks).format(
        home=home,
        user=account.pw_name,
        group=grp.getgrgid(account.pw_gid).gr_name,
        uid=account.pw_uid,
        gid=account.pw_gid,
        capabilities=" ".join(capabilities),
        separator=separator,
        prefix=prefix,
        port=port,
        tls_port=tls_port,
        listen="listen" if new else "address",
        ssl="yes" if tls_port else "no",
        version=version,
    )


def _version() -> str:
    told = subprocess.run(["dovecot", "--version"], capture_output=True, text=True, check=True).stdout
    return (re.match(r"[\d.]+", told) or ["2.3"])[0]

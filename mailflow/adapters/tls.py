"""Stops 1 and 7, their lock: one way to speak TLS, to the mailbox and to the mail server alike.

Verification is always on: a sign-up mailbox holds names and addresses of private persons, and a
password travels over this line. There is no switch to turn it off; a server with a certificate of
its own making is met with `ca_file`.
"""

from __future__ import annotations

import ssl

from mailflow.errors import ConfigError, ServerUnreachable


def client_context(ca_file: str = "") -> ssl.SSLContext:
    """A context that verifies certificate and host name, TLS 1.2 or newer.

    `ca_file`: a PEM file with the certificates to trust instead of the system's; "" for the
    system's. Raises ConfigError if it cannot be read.
    """
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca_file or None)
    except (OSError, ssl.SSLError) as err:
        why = err.strerror or "no certificates in it"
        raise ConfigError([f"ca_file: {ca_file} cannot be used ({why}); name a readable PEM file"]) from err
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def tls_failure(host: str, port: int, err: ssl.SSLError) -> ServerUnreachable:
    """The house error for a TLS handshake that failed: one line, the host, the cause, the cure."""
    where = f"{host}:{port}"
    if isinstance(err, ssl.SSLCertVerificationError):
        cause = (err.verify_message or "not trusted").rstrip(". ")
        lowered = cause.lower()
        if "mismatch" in lowered or "not valid for" in lowered:
            cure = "use the host name that stands in the certificate"
        elif "expired" in lowered or "not yet valid" in lowered:
            cure = "have the server's certificate renewed, and check this machine's clock"
        else:
            cure = "set ca_file to the PEM file of the authority that signed it"
        return ServerUnreachable(f"{where}: the certificate is not accepted: {cause}; {cure}")
    if err.reason in ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return ServerUnreachable(f'{where}: no TLS on this port; set tls = "starttls", or correct the port')
    reason = (err.reason or str(err) or "handshake failed").replace("_", " ").lower()
    return ServerUnreachable(f"{where}: TLS failed: {reason}; check host, port and tls")

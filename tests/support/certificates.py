"""Certificates for the tests' servers, good and bad, from an authority of their own."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import trustme


@dataclass(frozen=True, slots=True)
class Certificates:
    """``ca_file`` is what a client must trust; each context is a server's."""

    ca_file: Path
    good: ssl.SSLContext
    wrong_name: ssl.SSLContext
    expired: ssl.SSLContext
    self_signed: ssl.SSLContext


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


@cache
def certificates() -> Certificates:
    """One set a process; ``good`` is for ``localhost`` and ``127.0.0.1``."""
    authority, stranger = trustme.CA(), trustme.CA()
    ca_file = Path(mkdtemp(prefix="dispatch-ca-")) / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    names = ("localhost", "127.0.0.1")
    return Certificates(
        ca_file,
        good=_context(authority.issue_cert(*names)),
        wrong_name=_context(authority.issue_cert("mail.example.net")),
        expired=_context(
            authority.issue_cert(
                *names,
                not_before=datetime(2001, 1, 1, tzinfo=UTC),
                not_after=datetime(2002, 1, 1, tzinfo=UTC),
            )
        ),
        self_signed=_context(stranger.issue_cert(*names)),
    )

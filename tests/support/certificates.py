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

    def chain_file(self, name: str) -> Path:
        """The PEM file with the key and chain of certificate ``name``, for a server that is a program of its own."""
        return self.ca_file.with_name(f"{name}.pem")


@cache
def certificates() -> Certificates:
    """One set a process; ``good`` is for ``localhost`` and ``127.0.0.1``."""
    authority, stranger = trustme.CA(), trustme.CA()
    folder = Path(mkdtemp(prefix="dispatch-ca-"))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    names = ("localhost", "127.0.0.1")
    expired = authority.issue_cert(
        *names, not_before=datetime(2001, 1, 1, tzinfo=UTC), not_after=datetime(2002, 1, 1, tzinfo=UTC)
    )

    def context(name: str, certificate: trustme.LeafCert) -> ssl.SSLContext:
        file = folder / f"{name}.pem"
        certificate.private_key_and_cert_chain_pem.write_to_path(str(file))
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        made.load_cert_chain(file)
        return made

    return Certificates(
        folder / "ca.pem",
        good=context("good", authority.issue_cert(*names)),
        wrong_name=context("wrong_name", authority.issue_cert("mail.example.net")),
        expired=context("expired", expired),
        self_signed=context("self_signed", stranger.issue_cert(*names)),
    )

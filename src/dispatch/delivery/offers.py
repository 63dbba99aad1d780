"""What a server offers (EHLO), and the envelope's commands that follow from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.delivery.outcome import Outcome, Stage, Verdict
from dispatch.delivery.replies import printable
from dispatch.message.address import UnsendableAddress, needs_smtputf8, wire_address

_XTEXT = re.compile(r"[!-*,-<>-~]*")
"""What stands for itself in xtext; most addresses do as a whole."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A transaction's commands, each with its line end."""

    mail: bytes
    rcpt: bytes


class Offers:
    """One server's offers."""

    def __init__(self, extensions: Mapping[str, str]) -> None:
        """``extensions`` maps what EHLO offered, in lower case, to its parameters."""
        self._size = "size" in extensions
        limit = extensions.get("size", "").strip()
        self.size_limit = int(limit) or None if limit.isdecimal() else None
        """The largest message in octets that the server takes (RFC 1870); ``None`` where it does not say."""
        self.pipelining = "pipelining" in extensions
        self.eightbit = "8bitmime" in extensions
        self.smtputf8 = "smtputf8" in extensions and self.eightbit
        self.dsn = "dsn" in extensions
        self._latest: tuple[tuple[str, bool, str | None], bytes] | None = None
        """The latest MAIL, up to its size, and what it was made of: mostly the next one is the same."""

    @property
    def named(self) -> tuple[tuple[str, bool], ...]:
        """What a sender can make use of, by its keyword, and whether it is there."""
        return (
            ("PIPELINING", self.pipelining),
            ("SIZE", self._size),
            ("8BITMIME", self.eightbit),
            ("SMTPUTF8", self.smtputf8),
            ("DSN", self.dsn),
        )

    def envelope(
        self, sender: str, recipient: str, size: int, smtputf8: bool, envelope_id: str | None
    ) -> Envelope | Outcome:
        """What to say for a message of ``size`` octets; an outcome where that needs no question: too large, an
        address that is none, or one that the server cannot take. See :meth:`~dispatch.delivery.session.Session.begin`.
        """
        international = smtputf8 or needs_smtputf8(recipient) or needs_smtputf8(sender)
        if international and not self.smtputf8:
            text = "The address needs SMTPUTF8, and the server does not offer it."
            return Outcome(Verdict.BOUNCED, Stage.RCPT, 0, "5.6.7", text)
        if self.size_limit is not None and size > self.size_limit:
            text = f"The message has {size} octets and the server takes at most {self.size_limit}."
            return Outcome(Verdict.POLICY, Stage.MAIL, 0, "5.3.4", text)
        try:
            stage, verdict, enhanced = Stage.MAIL, Verdict.POLICY, "5.1.7"
            mail = self._mail(sender, international, envelope_id)
            stage, verdict, enhanced = Stage.RCPT, Verdict.BOUNCED, "5.1.3"
            rcpt = self._rcpt(recipient)
        except UnsendableAddress as error:
            return Outcome(verdict, stage, 0, enhanced, printable(str(error)))
        return Envelope(b"%b SIZE=%d\r\n" % (mail, size) if self._size else mail + b"\r\n", rcpt)

    def _mail(self, sender: str, international: bool, envelope_id: str | None) -> bytes:
        made_of = (sender, international, envelope_id)
        if self._latest is not None and self._latest[0] == made_of:
            return self._latest[1]
        parts = [f"MAIL FROM:<{wire_address(sender) if sender else ''}>"]
        if international:
            parts.append("BODY=8BITMIME SMTPUTF8")
        if self.dsn:
            parts.append("RET=HDRS")
            parts += [f"ENVID={xtext(envelope_id)}"] if envelope_id else []
        mail = " ".join(parts).encode()
        self._latest = made_of, mail
        return mail

    def _rcpt(self, recipient: str) -> bytes:
        to = wire_address(recipient)
        if not self.dsn:
            return f"RCPT TO:<{to}>\r\n".encode()
        original = f" ORCPT=rfc822;{xtext(to)}" if to.isascii() else ""
        return f"RCPT TO:<{to}> NOTIFY=FAILURE,DELAY{original}\r\n".encode()


def xtext(value: str) -> str:
    """``value`` for a DSN parameter (RFC 3461 §4): printable ASCII, the rest as ``+XX``."""
    if _XTEXT.fullmatch(value):
        return value
    return "".join(
        chr(octet) if 0x21 <= octet <= 0x7E and octet not in b"+=" else f"+{octet:02X}" for octet in value.encode()
    )

"""The header of a message as it goes out."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime

from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.proof import Proof

rules = Rules(Group.SENDING)

LONGEST_LINE = 998
"""Octets of a line without its end (RFC 5322 §2.1.1)."""
_ONCE = ("From", "To", "Date", "Subject", "Message-ID")
"""What mailbox providers want exactly once; RFC 5322 §3.6 asks for From and Date, and for at most one of the others."""


@rules.rule(
    "header-long",
    Severity.ERROR,
    "A line of the header is too long",
    why="Servers may refuse a message with a line of more than 998 octets, or cut it.",
    mend="Shorten what the settings put there; a link to unsubscribe begins with `base_url`.",
)
def header_long(proof: Proof) -> Iterator[Found]:
    """Lines of more than 998 octets (RFC 5322 §2.1.1) in one reader's message."""
    field = ""
    for line in (proof.head or b"").split(b"\r\n"):
        if not line.startswith((b" ", b"\t")):
            field = line.partition(b":")[0].decode("ascii", "replace")
        if len(line) > LONGEST_LINE:
            yield Found(f"A line of {field} has {len(line):,} octets.")


@rules.rule(
    "header-missing",
    Severity.ERROR,
    "A header field is missing, stands twice or says nothing",
    why="Gmail refuses messages whose From, Date, Subject or Message-ID is not there exactly once.",
    mend="This is no fault of your text: please report it.",
)
def header_missing(proof: Proof) -> Iterator[Found]:
    """From, To, Date, Subject and Message-ID, each once; a date that reads; and, where readers have a way out, a
    List-Unsubscribe that begins with https: or mailto:, with List-Unsubscribe-Post where it is https: (RFC 8058)."""
    header = _header(proof)
    if header is None:
        return
    for name in _ONCE:
        if (count := len(header.get_all(name, []))) != 1:
            yield Found(f"{name} stands {count} times in the header.")
    if not _reads_as_date(str(header.get("Date", ""))):
        yield Found("The Date of the header is none.")
    if proof.newsletter.way_out is None and proof.newsletter.base_url is None:
        return
    leave = str(header.get("List-Unsubscribe", ""))
    if not leave.startswith(("<https:", "<http:", "<mailto:")):
        yield Found("The header has no List-Unsubscribe, though readers have a way out.")
    elif leave.startswith("<https:") and header.get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click":
        yield Found("The header offers no one-click unsubscription, though it has a page for it.")


@rules.rule(
    "message-id-domain",
    Severity.WARNING,
    "The Message-ID is of another domain",
    why="Filters distrust a Message-ID that names a domain which the sender has nothing to do with.",
    mend="This is no fault of your text: please report it.",
)
def message_id_domain(proof: Proof) -> Iterator[Found]:
    """The domain of the Message-ID against that of the From address: both of one organisation."""
    header = _header(proof)
    if header is None or proof.related is None:
        return
    named, home = (str(header.get(name, "")).rpartition("@")[2].strip("<> ").lower() for name in ("Message-ID", "From"))
    if named and home and not proof.related(named, home):
        yield Found(f"The Message-ID names {named}, and the mail is from {home}.")


def _header(proof: Proof) -> Message | None:
    return proof.once("header", lambda: BytesHeaderParser().parsebytes(proof.head) if proof.head is not None else None)


def _reads_as_date(text: str) -> bool:
    try:
        parsedate_to_datetime(text)
    except ValueError:
        return False
    return True

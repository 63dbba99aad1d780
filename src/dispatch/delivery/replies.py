"""SMTP replies: bytes → :class:`Reply`, and what a reply means for the reader's row (RFC 5321 §4.2, RFC 3463).

Nothing here touches a network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import cast

from dispatch.delivery.outcome import Outcome, Stage, Verdict

MAX_REPLY = 64 * 1024
"""A reply that grows beyond this many octets is no reply (RFC 5321 §4.5.3.1.5 allows 512 a line)."""

MAX_TEXT = 500

_LINE = re.compile(rb"([2-5][0-5][0-9])(?:([ -])(.*))?", re.DOTALL)
_WHOLE = re.compile(rb"([2-5][0-5][0-9])(?: ([^\r\n]{0,512}))?")
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")

SENDER_CODES = frozenset({"5.1.7", "5.1.8"})
"""Enhanced codes of subject 1 (addressing) that speak of the sender's address."""

READER_CONTENT_CODES = frozenset({"5.6.7", "5.6.9"})
"""Enhanced codes of subject 6 (content) that speak of the reader's server: no SMTPUTF8 (RFC 6531 §3.6)."""

SELF_CODES = frozenset({500, 502, 503, 504, 521, 523, 530, 534, 535, 538, 555})
"""Codes that speak of our commands, our login or the server as a whole, whatever the stage."""


class NotAReply(ValueError):
    """What came is not SMTP; nothing after it can be matched to a command."""


@dataclass(frozen=True)
class Reply:
    """A whole reply. ``lines`` are its lines' texts as they came, without codes."""

    code: int
    lines: tuple[str, ...]

    @cached_property
    def positive(self) -> bool:
        return 200 <= self.code < 300

    @property
    def closing(self) -> bool:
        """421 answers any command when the server is going away (RFC 5321 §3.8)."""
        return self.code == 421

    @cached_property
    def enhanced(self) -> str:
        """The RFC 3463 code, where its class agrees with the reply's (RFC 2034 §4), else ``""``."""
        found = _ENHANCED.match(self.lines[0])
        return found[1] if found and found[1][0] == str(self.code)[0] else ""

    @cached_property
    def text(self) -> str:
        """The reply's text on one line, without enhanced codes: printable, at most 500 characters."""
        code = self.enhanced
        lines = (line.removeprefix(code).strip() if code else line for line in self.lines)
        return printable(" ".join(lines))


@lru_cache(maxsize=256)
def _whole(line: bytes) -> Reply | None:
    """The reply that one line is by itself. Servers say the same few again and again."""
    found = _WHOLE.fullmatch(line)
    return Reply(int(found[1]), ((found[2] or b"").decode("utf-8", "replace"),)) if found else None


def printable(text: str) -> str:
    """``text`` on one line, whatever it holds, at most 500 characters."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(text.split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1].rstrip() + "…"


class ReplyReader:
    """Cuts a stream into replies, however it is cut into packets. Takes a bare LF as a line's end too."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._code = 0
        self._lines: list[str] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterable[Reply]:
        """The replies that ``data`` completes. Raises :class:`NotAReply` after the good ones; then the reader is of
        no more use."""
        if not self._buffer and not self._lines and data.endswith(b"\r\n"):
            # As nearly always: whole replies of a line each.
            replies = [_whole(line) for line in data[:-2].split(b"\r\n")]
            if None not in replies:
                return cast("list[Reply]", replies)
        return self._cut(data)

    def _cut(self, data: bytes) -> Iterator[Reply]:
        self._buffer += data
        while (end := self._buffer.find(b"\n", self._scanned)) >= 0:
            line = bytes(self._buffer[:end]).rstrip(b"\r")
            del self._buffer[: end + 1]
            self._scanned = 0
            reply = self._take(line)
            if reply is not None:
                yield reply
        self._scanned = len(self._buffer)
        if self._size + self._scanned > MAX_REPLY:
            raise NotAReply(f"a reply of over {MAX_REPLY} octets")

    def _take(self, line: bytes) -> Reply | None:
        found = _LINE.fullmatch(line)
        if found is None:
            raise NotAReply(printable(line[:200].decode("utf-8", "replace")) or "an empty line")
        code, more = int(found[1]), found[2] == b"-"
        if self._lines and code != self._code:
            raise NotAReply(f"a reply that begins with {self._code} and goes on with {code}")
        self._code = code
        self._lines.append((found[3] or b"").decode("utf-8", "replace"))
        self._size += len(line)
        if more:
            return None
        reply = Reply(code, tuple(self._lines))
        self._lines, self._size = [], 0
        return reply


@lru_cache(maxsize=256)
def acceptance(reply: Reply) -> Outcome:
    """What a 250 to the final dot means."""
    return Outcome(Verdict.ACCEPTED, Stage.CONTENT, reply.code, reply.enhanced, reply.text)


def classify(reply: Reply, stage: Stage) -> Outcome:
    """What a reply other than the hoped-for one means."""
    return Outcome(
        _verdict(reply, stage), stage, reply.code, reply.enhanced, reply.text, session_lost=_leaves_us(reply, stage)
    )


def _leaves_us(reply: Reply, stage: Stage) -> bool:
    # A positive or intermediate reply where a refusal or another class was due: the two sides disagree about
    # which command is being answered, and a later 250 could be taken for the wrong message.
    return reply.closing or reply.code < 400


def _verdict(reply: Reply, stage: Stage) -> Verdict:
    if reply.code < 400:
        return Verdict.UNKNOWN if stage is Stage.CONTENT else Verdict.DEFERRED
    if reply.code < 500:
        return Verdict.DEFERRED
    return Verdict.BOUNCED if _is_about_reader(reply, stage) else Verdict.POLICY


def _is_about_reader(reply: Reply, stage: Stage) -> bool:
    """Whether a 5xx speaks of the reader, not of us: only that may count against an address."""
    if stage not in {Stage.RCPT, Stage.DATA, Stage.CONTENT}:
        return False
    match reply.enhanced.split("."):
        case ["5", "1", _]:
            return reply.enhanced not in SENDER_CODES
        case ["5", "2" | "4", _]:  # the mailbox; the way to it (Microsoft answers 5.4.1 to unknown people)
            return True
        case ["5", "6", _]:
            return reply.enhanced in READER_CONTENT_CODES
        case ["5", "3" | "5" | "7", _]:  # the system (5.3.4: our message is too big for it); protocol; policy
            return False
        case _:
            return reply.code not in SELF_CODES

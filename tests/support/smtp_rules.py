"""What a test's mail server is told to do wrong: rules, as values or in one line of text.

``AT[#SKIP][*TIMES][@RECIPIENT]=ACTION``, where ACTION is a reply, ``!close``, ``!reset``, ``!hang``, or a reply
followed by one of these::

    rcpt@bob@example.org=550 5.1.1 No such user
    dot#3*1=!close                    the fourth message: taken, then the connection closes without an answer
    mail=421 4.3.2 Going down !close
    content*1=!reset                  a reset (RST) in the middle of the content
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class At(StrEnum):
    """Where in a session a rule applies. ``CONTENT``: content has begun to come; ``DOT``: all of it is here.

    To ``CONNECT`` no server's rule applies: a test has nobody listen.
    """

    CONNECT = "connect"
    BANNER = "banner"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"
    DOT = "dot"
    RSET = "rset"
    QUIT = "quit"


class Then(StrEnum):
    """What follows a rule's reply (or stands in its place)."""

    GO_ON = "go on"
    CLOSE = "!close"
    RESET = "!reset"
    HANG = "!hang"  # until SmtpServer.release(); then the session goes on
    HOLD = "!hold"  # the answer is held back, and goes in one write with the next one


@dataclass(slots=True)
class Rule:
    """``reply`` is sent in place of the server's own answer (``"\\n"`` separates the lines of a multi-line one; bytes
    go out as they are; a function makes them of that answer's); ``None`` leaves it, unless ``then`` cuts it off. ``to``
    narrows it to one recipient (RCPT and later). ``skip`` lets so many chances pass; ``times`` is how often it applies.
    ``in_pieces`` sends the answer byte by byte. ``keep``: whether a message that is not refused at its dot counts as
    received."""

    at: At
    reply: str | bytes | Callable[[bytes], bytes] | None = None
    then: Then = Then.GO_ON
    to: str | None = None
    skip: int = 0
    times: int | None = None
    in_pieces: bool = False
    keep: bool = True
    _met: int = field(default=0, repr=False)

    _LINE = re.compile(
        r"(?P<at>\w+)(?:#(?P<skip>\d+))?(?:\*(?P<times>\d+))?(?:@(?P<to>[^=]+))?=(?P<action>.*)", re.DOTALL
    )

    @classmethod
    def parse(cls, line: str) -> Rule:
        found = cls._LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"not a rule: {line!r}")
        action, then = found["action"].strip(), Then.GO_ON
        for each in (Then.CLOSE, Then.RESET, Then.HANG, Then.HOLD):
            if action.endswith(each):
                action, then = action.removesuffix(each).strip(), each
        times = int(found["times"]) if found["times"] else None
        return cls(At(found["at"]), action or None, then, found["to"], int(found["skip"] or 0), times)

    def answer(self, own: bytes) -> bytes | None:
        """What goes out in place of the server's ``own`` answer; ``None`` where nothing does."""
        if self.reply is None:
            return None if self.then in {Then.CLOSE, Then.RESET, Then.HANG} else own
        if isinstance(self.reply, str):
            return wire(self.reply)
        return self.reply if isinstance(self.reply, bytes) else self.reply(own)

    def applies(self, at: At, recipient: str | None) -> bool:
        """Whether this chance is the rule's; counts it."""
        if at is not self.at or (self.to is not None and self.to != recipient):
            return False
        self._met += 1
        return self._met > self.skip and (self.times is None or self._met <= self.skip + self.times)


def wire(reply: str) -> bytes:
    """``"250 a\\nb"`` as a multi-line reply."""
    code, _, text = reply.partition(" ")
    *first, last = text.split("\n")
    return ("".join(f"{code}-{line}\r\n" for line in first) + f"{code} {last}\r\n").encode()

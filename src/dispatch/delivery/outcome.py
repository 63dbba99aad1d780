"""What a mail server said, as a value: the stage, the code, and what it means for the row in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where in the session something happened (RFC 5321 §3 in order)."""

    CONNECT = "connect"
    BANNER = "banner"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"  # the write that holds the final dot has begun
    QUIT = "quit"


class Verdict(StrEnum):
    """What an outcome means for the delivery."""

    ACCEPTED = "accepted"  # 250 to the final dot
    DEFERRED = "deferred"  # 4xx, or the connection went before the dot's write began
    POLICY = "policy"  # about us: 5.7.x, any 5xx to MAIL; kept as deferred with reason policy
    BOUNCED = "bounced"  # 5xx about the reader
    UNKNOWN = "unknown"  # the dot's write began and no reply came (RFC 1047)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``code`` is the SMTP reply code, 0 where no reply came; ``enhanced`` the RFC 3463 code or ``""``;
    ``text`` the reply's text on one line, at most 500 characters, printable."""

    verdict: Verdict
    stage: Stage
    code: int = 0
    enhanced: str = ""
    text: str = ""
    session_lost: bool = False
    """The connection is unusable: open another before the next message."""

    @property
    def wants_login(self) -> bool:
        """Whether the server takes no mail from who has not logged in, or not over an open line (RFC 4954 §6)."""
        return self.code in {530, 538}

    @property
    def suppresses(self) -> bool:
        """Whether the address itself is dead: 5.1.1, 5.1.6, 5.1.10 or 5.2.1 in answer to RCPT."""
        return (
            self.verdict is Verdict.BOUNCED
            and self.stage is Stage.RCPT
            and self.enhanced in {"5.1.1", "5.1.6", "5.1.10", "5.2.1"}
        )

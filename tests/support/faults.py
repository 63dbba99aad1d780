"""What a mail server can do wrong, at each stage of a session, and what has to become of the readers then.

The tables say it from the ledger's promises (docs/delivery.md), not from what the code does:

- ``unknown`` is only who was sent the final dot, and was not answered in a way that can be understood (RFC 1047);
- whoever's message had not begun to go loses nothing: the same run mails them over another connection;
- what a server says counts for the one reader whom it is about, and for the sender where no reader was named yet;
- the next one in the pipeline (RFC 2920) keeps their place, whatever became of the one before;
- an answer that came before its question is no answer to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from dispatch.delivery.outcome import Stage
from dispatch.ledger.states import DeliveryState
from support.smtp_rules import At, Rule, Then

PLACES = tuple(at for at in At if at is not At.RSET)
"""Where it goes wrong: the stages of a session that every message has, or every connection."""


class Fault(StrEnum):
    """What the server does in place of its answer. The values head the tables' columns."""

    LATER = "4xx"
    NEVER = "5xx"
    NEVER_IN_LINES = "5xx-"  # a refusal of two lines
    CONTRADICTED = "5xx+"  # a refusal, and its answer behind it
    GOODBYE = "421"  # and it closes
    CLOSE = "close"
    RESET = "reset"
    SILENCE = "silent"
    GARBAGE = "junk"  # a line that is not SMTP
    HALF = "half"  # half a line of its answer, then it closes
    HALF_SILENCE = "half.."  # half a line of its answer, then nothing
    LINES = "lines"  # its answer in two lines
    EXTRA = "extra"  # behind its answer a line that nobody asked for
    PIECES = "bytes"  # its answer byte by byte
    TOGETHER = "two"  # its answer and the next one in one packet

    @property
    def silent(self) -> bool:
        return self in {Fault.SILENCE, Fault.HALF_SILENCE}


class Moment(StrEnum):
    """When it goes wrong. Each table is for one."""

    FIRST = "first"
    """With the run's first connection, and its first reader."""
    LATER = "later"
    """While the run is under way: with a connection that replaces a lost one; with the second reader, whose envelope
    follows the first one's content (in the same write, where PIPELINING is offered)."""


class Fate(StrEnum):
    """What becomes of the reader at whom it goes wrong. The next ones always get theirs in the same run, save with
    ``FAIL``; a ``!`` says that they get it over another connection."""

    NONSENSE = "-"  # see NONSENSE
    FAIL = "fail"  # there is no session: the run ends with an error, and everybody stays queued
    OK = "ok"  # accepted as if nothing had been
    OK_OVER = "ok!"
    AGAIN = "again"  # nothing of their message had gone: accepted over another connection, in the same run
    AGAIN_IN_DOUBT = "?again"  # and the one before is in doubt: the refusal may have been for that one's dot
    LATER = "later"  # deferred
    LATER_OVER = "later!"
    POLICY = "policy"  # deferred; the reason is ours
    NEVER = "never"  # bounced, not suppressed
    NEVER_OVER = "never!"
    DEAD = "dead"  # bounced and suppressed
    DOUBT = "doubt"  # unknown; the next ones over another connection

    @property
    def state(self) -> DeliveryState:
        return _STATES[Fate(self.strip("?!"))]

    @property
    def loses_connection(self) -> bool:
        return self.endswith("!") or self in {Fate.AGAIN, Fate.AGAIN_IN_DOUBT, Fate.DOUBT}


_STATES = {
    Fate.FAIL: DeliveryState.QUEUED,
    Fate.OK: DeliveryState.ACCEPTED,
    Fate.AGAIN: DeliveryState.ACCEPTED,
    Fate.LATER: DeliveryState.DEFERRED,
    Fate.POLICY: DeliveryState.DEFERRED,
    Fate.NEVER: DeliveryState.BOUNCED,
    Fate.DEAD: DeliveryState.BOUNCED,
    Fate.DOUBT: DeliveryState.UNKNOWN,
}

_FIRST = """
         4xx    5xx    5xx-   5xx+   421    close reset silent junk  half  half.. lines extra bytes two
connect  -      -      -      -      -      -     fail  fail   -     -     -      -     -     -     -
banner   fail   fail   fail   fail   fail   fail  fail  fail   fail  fail  fail   ok    ok    ok    ok
ehlo     ok     ok     ok     ok     fail   fail  fail  fail   fail  fail  fail   ok    ok    ok    ok
starttls fail   fail   fail   fail   fail   fail  fail  fail   fail  fail  fail   ok    ok    ok    ok
auth     fail   fail   fail   fail   fail   fail  fail  fail   fail  fail  fail   ok    ok    ok    ok
mail     later  policy policy again  again  again again again  again again again  ok    again ok    ok/again
rcpt     later  dead   dead   again  again  again again again  again again again  ok    again ok    ok/again
data     later  never  never  again  again  again again again  again again again  ok    again ok    again
content  later! never! never! never! later! doubt doubt doubt  doubt doubt doubt  doubt doubt doubt doubt
dot      later  never  never  doubt  later! doubt doubt doubt  doubt doubt doubt  ok    ok!   ok    ok/ok!
quit     ok     ok     ok     ok     ok     ok    ok    ok     ok    ok    ok     ok    ok    ok    ok
"""
"""``a/b``: with PIPELINING, and without it.

A 4xx or 5xx to EHLO is followed by HELO (RFC 5321 §3.2), which this server takes. What comes in the middle of a content
may refuse it, and cannot accept it.
"""

_LATER = """
         4xx    5xx    5xx-   5xx+         421    close reset silent junk  half  half.. lines extra bytes two
connect  -      -      -      -            -      -     again again  -     -     -      -     -     -     -
banner   again  again  again  again        again  again again again  again again again  ok    ok    ok    ok
ehlo     ok     ok     ok     ok           again  again again again  again again again  ok    ok    ok    ok
starttls again  again  again  again        again  again again again  again again again  ok    ok    ok    ok
auth     again  again  again  again        again  again again again  again again again  ok    ok    ok    ok
mail     again  policy policy ?again/again again  again again again  again again again  ok    again ok    ok/again
rcpt     later  dead   dead   again        again  again again again  again again again  ok    again ok    ok/again
data     later  never  never  again        again  again again again  again again again  ok    again ok    again
content  later! never! never! never!       later! doubt doubt doubt  doubt doubt doubt  doubt doubt doubt doubt
dot      later  never  never  doubt        later! doubt doubt doubt  doubt doubt doubt  ok    ok!   ok    ok/ok!
quit     ok     ok     ok     ok           ok     ok    ok    ok     ok    ok    ok     ok    ok    ok    ok
"""
"""A 4xx to a later MAIL says that the connection has carried enough (OpenSMTPD: 452), not that the reader must wait."""

NONSENSE: Mapping[tuple[At, Fault], str] = {
    **dict.fromkeys(
        ((At.CONNECT, fault) for fault in Fault if fault not in {Fault.CLOSE, Fault.RESET, Fault.SILENCE}),
        "a server says nothing before the connection stands: its first line is the banner",
    ),
    (At.CONNECT, Fault.CLOSE): "only what stands can be closed: that is the banner's case",
}
"""Why a fault cannot be at a stage; the tables have a dash there."""


@dataclass(frozen=True, slots=True)
class Case:
    """One fault at one place, once; after it the server does everything right."""

    place: At
    fault: Fault
    pipelining: bool
    moment: Moment

    def __str__(self) -> str:
        return f"{self.place}-{self.fault}-{'pipelined' if self.pipelining else 'one by one'}-{self.moment}"

    @property
    def code(self) -> int:
        """The code that the reader's row, or the error, must name; 0 where the server said none."""
        return _CODES.get(self.fault, 0)

    @property
    def stage(self) -> Stage:
        """What the ledger, or the error, must call the place."""
        return Stage.CONTENT if self.place is At.DOT else Stage(self.place.value)

    @property
    def opens(self) -> bool:
        """Whether it hits the opening of a session: no reader is concerned yet."""
        return self.place in {At.CONNECT, At.BANNER, At.EHLO, At.STARTTLS, At.AUTH}

    @property
    def position(self) -> int:
        """Which of the run's readers it hits."""
        return int(self.moment is Moment.LATER and not self.opens and self.place is not At.QUIT)

    @property
    def connection(self) -> int:
        """Which of the run's connections it hits."""
        return int(self.moment is Moment.LATER and (self.opens or self.place is At.QUIT))

    def rules(self) -> list[Rule]:
        """What makes a server do it (nothing, where it is not there)."""
        rules = [_rule(self)] if self.place is not At.CONNECT else []
        # Why a second connection is made: the first one goes at its first word.
        return [*rules, Rule(At.MAIL, then=Then.CLOSE, times=1)] if self.connection else rules


def expected(case: Case) -> Fate:
    """The table's word for ``case``."""
    word = _TABLES[case.moment][case.place, case.fault]
    pipelined, _, one_by_one = word.partition("/")
    return Fate(pipelined if case.pipelining or not one_by_one else one_by_one)


def cases() -> Iterator[Case]:
    """Every combination that makes sense."""
    for case in every_case():
        if expected(case) is not Fate.NONSENSE:
            yield case


def every_case() -> Iterator[Case]:
    for moment, place, fault, pipelining in product(Moment, PLACES, Fault, (True, False)):
        yield Case(place, fault, pipelining, moment)


def _read(table: str) -> dict[tuple[At, Fault], str]:
    head, *rows = (line.split() for line in table.strip().splitlines())
    return {(At(place), Fault(fault)): word for place, *words in rows for fault, word in zip(head, words, strict=True)}


_TABLES = {Moment.FIRST: _read(_FIRST), Moment.LATER: _read(_LATER)}

_CODES = {Fault.LATER: 451, Fault.NEVER: 550, Fault.NEVER_IN_LINES: 550, Fault.CONTRADICTED: 550, Fault.GOODBYE: 421}

_REPLIES: Mapping[Fault, str | bytes | Callable[[bytes], bytes]] = {
    Fault.LATER: "451 4.3.0 Come back later",
    Fault.NEVER: "550 5.1.1 No such user here",
    Fault.NEVER_IN_LINES: "550 5.1.1 No such user\nhere or elsewhere",
    Fault.CONTRADICTED: lambda own: b"550 5.1.1 No such user here\r\n" + own,
    Fault.GOODBYE: "421 4.3.2 Going down",
    Fault.GARBAGE: b"HTTP/1.1 400 Bad Request\r\n",
    Fault.HALF: lambda own: own[:7],
    Fault.HALF_SILENCE: lambda own: own[:7],
    Fault.LINES: lambda own: own[:3] + b"-And by the way:\r\n" + own,
    Fault.EXTRA: lambda own: own + b"250 2.0.0 By the way\r\n",
    Fault.PIECES: lambda own: own,
}

_THEN = {
    Fault.GOODBYE: Then.CLOSE,
    Fault.CLOSE: Then.CLOSE,
    Fault.HALF: Then.CLOSE,
    Fault.RESET: Then.RESET,
    Fault.SILENCE: Then.HANG,
    Fault.HALF_SILENCE: Then.HANG,
}

_AHEAD = {
    At.BANNER: b"250 test.example\r\n",
    At.EHLO: b"250 2.1.0 Ok\r\n",
    # In plain text, before TLS: who believed it would have no message small enough.
    At.STARTTLS: b"250-test.example\r\n250 SIZE 1\r\n",
    At.AUTH: b"250 2.1.0 Ok\r\n",
    At.MAIL: b"250 2.1.5 Ok\r\n",
    At.RCPT: b"354 Go on\r\n",
    At.DATA: b"250 2.0.0 Ok: queued\r\n",
    At.CONTENT: b"250 2.1.0 Ok\r\n",
    At.DOT: b"250 2.1.0 Ok\r\n",
    At.QUIT: b"221 2.0.0 Bye\r\n",
}
"""The answer to what comes next, given before it came. (When it comes, the server answers it once more.)"""


def _rule(case: Case) -> Rule:
    reply, then = _REPLIES.get(case.fault), _THEN.get(case.fault, Then.GO_ON)
    if case.fault is Fault.TOGETHER:
        if case.pipelining and case.place in {At.MAIL, At.RCPT, At.DOT}:
            then = Then.HOLD  # the next question is here already: nothing is wrong with that
        else:
            ahead = _AHEAD[case.place]
            reply = lambda own: own + ahead  # noqa: E731
    if case.place is At.CONTENT and then is Then.GO_ON:
        then = Then.HANG  # it reads no further: the dot is still on this side
    skip = 1 if case.moment is Moment.LATER and case.place is not At.QUIT else 0
    return Rule(case.place, reply, then, skip=skip, times=1, in_pieces=case.fault is Fault.PIECES)

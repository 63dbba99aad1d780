"""What passes between processes that share a send comes out as it went in."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from dispatch.cli.part import Share
from dispatch.cli.reports import (
    Assignment,
    Dropped,
    Report,
    Said,
    read_assignment,
    read_report,
    report_line,
)
from dispatch.config.settings import Relay, Relays, Security
from dispatch.delivery.feed import Reason, Why
from dispatch.delivery.loop import Tally
from dispatch.delivery.outcome import Outcome, Stage, Verdict
from dispatch.delivery.run import Ended
from dispatch.delivery.smtp import SessionFailed
from dispatch.errors import ConfigError, DispatchError, LedgerError, Place, RelayError
from dispatch.ledger.states import DeliveryState

ONE = Relay(Security.STARTTLS, "mail.example.org", 587, "me@example.org")
TWO = Relay(Security.OPPORTUNISTIC, "::1", 25)
TALLY = Tally(Counter({DeliveryState.ACCEPTED: 3, DeliveryState.BOUNCED: 1}), refused=2)


def test_an_assignment_and_no_password_in_its_print() -> None:
    given = Assignment("/news", "harbour", "daily", Relays((ONE, TWO)), Share(2, 7), {ONE: "hunter2\n☃", TWO: None})
    assert read_assignment(given.line()) == given
    assert given.line().count(b"\n") == 1
    assert "hunter2" not in repr(given)
    unknown = replace(given, passwords={TWO: "hunter2"})
    assert read_assignment(unknown.line()) == unknown


@pytest.mark.parametrize(
    "report",
    [
        TALLY,
        Said("The SMTP server is down.\nReally."),
        Dropped(),
        Ended(TALLY, 1, 2, "all fails", Reason(Why.LATER, 1_800_000_000.5, "quiet hours", whole=True)),
        Ended(Tally(), 0, 0, None, Reason(Why.DONE)),
        Ended(Tally(), 0, 0, None),
    ],
)
def test_a_report(report: Report) -> None:
    assert read_report(report_line(report)) == report
    assert report_line(report).count(b"\n") == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (SessionFailed(ONE, Outcome(Verdict.POLICY, Stage.AUTH, 535, "5.7.8", "Wrong password")), RelayError),
        (LedgerError("It is locked.", hint="Wait."), LedgerError),
        (ConfigError("There is no key.", place=Place("dispatch.toml", 3)), ConfigError),
        (ConfigError("There is none.", place=Place("dispatch.toml")), ConfigError),
    ],
)
def test_an_error_says_the_same_and_is_of_the_same_kind(error: DispatchError, kind: type[DispatchError]) -> None:
    read = read_report(report_line(error))
    assert type(read) is kind
    assert str(read) == str(error)

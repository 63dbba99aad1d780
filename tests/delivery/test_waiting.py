"""What holds while a connection has nothing to do, or is being replaced: that may last for minutes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Iterator, Sequence
from pathlib import Path

import pytest

from dispatch.config.settings import Limits, ThrottleSettings
from dispatch.delivery.loop import Session, Tally
from dispatch.ledger.states import DeliveryState
from dispatch.ledger.sync import Person
from support.books import NOW, open_ledger, plan
from support.desk import Desk
from support.smtp_rules import Rule
from support.smtp_server import Features, SmtpServer


@pytest.fixture
def desks(tmp_path: Path, server: SmtpServer) -> Iterator[Desks]:
    made = Desks(tmp_path, server)
    yield made
    for desk in made.open:
        desk.ledger.close()
        assert desk.complaints == []
    assert server.violations == []


class Desks:
    def __init__(self, folder: Path, server: SmtpServer) -> None:
        self.folder = folder
        self.server = server
        self.open: list[Desk] = []

    def __call__(self, addresses: Sequence[str], throttle: ThrottleSettings | None = None) -> Desk:
        ledger = open_ledger(self.folder)
        ledger.sync("daily", [Person(one, one, {}) for one in addresses], digest="0", now=NOW)
        self.open.append(Desk(ledger, plan(ledger), self.server, self.folder, throttle=throttle))
        return self.open[-1]


def readers(count: int, domain: str = "example.org") -> list[str]:
    return [f"r{number}@{domain}" for number in range(count)]


def test_a_reader_does_not_pay_for_connections_that_the_server_closed_while_nothing_was_to_be_said(
    desks: Desks,
) -> None:
    desk = desks(readers(4), ThrottleSettings(Limits(per_minute=3)))
    settled: list[int] = []
    closed: list[int] = []

    def close_all() -> None:
        if settled[-1:] == [3] and not closed:
            closed.append(desk.server.open)
            desk.server.dismiss()

    desk.progressed = lambda tally: settled.append(tally.attempted)
    desk.before_waiting = close_all
    desk.run(connections=3)
    assert closed == [3]
    assert desk.counts[DeliveryState.ACCEPTED] == 4
    assert desk.now < NOW + 75, "no minute's messages were spent on connections that were gone"


def test_what_became_of_a_message_is_written_before_the_wait_for_the_next_one(desks: Desks) -> None:
    desk = desks(readers(2), ThrottleSettings(Limits(per_minute=1)))
    seen: list[tuple[int, int]] = []
    desk.before_waiting = lambda: seen.append((desk.counts[DeliveryState.ACCEPTED], desk.counts[DeliveryState.SENDING]))
    desk.run(connections=1)
    assert desk.counts[DeliveryState.ACCEPTED] == 2
    assert set(seen) == {(1, 0)}, "a crash in that minute leaves nobody in doubt"


@pytest.mark.parametrize("answer", ["421 4.3.2 Going down !close", "250 2.0.0 Ok !close"])
def test_what_became_of_a_lost_connections_message_is_written_before_another_one_is_opened(
    desks: Desks, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks.server.rules.append(Rule.parse(f"dot*1@r1@example.org={answer}"))
    desk = desks(readers(4))
    sending: list[int] = []
    connect = desk.connect

    def looking() -> Awaitable[Session]:
        sending.append(desk.counts[DeliveryState.SENDING])
        return connect()

    monkeypatch.setattr(desk, "connect", looking)
    desk.run(connections=1)
    assert len(sending) == 2
    assert set(sending) == {0}, "to open one may take minutes, and a crash meanwhile leaves nobody in doubt"


def test_a_limited_domain_at_the_head_of_a_list_does_not_keep_the_others_to_one_connection(desks: Desks) -> None:
    throttle = ThrottleSettings(domains={"gmail.com": Limits(per_hour=1)})
    desk = desks([*readers(64, "gmail.com"), *readers(64)], throttle)
    desk.run(connections=4)
    assert desk.counts[DeliveryState.ACCEPTED] == 65
    assert desk.server.connections == 4


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_message_that_was_answered_is_not_in_doubt_because_the_run_is_broken_off_at_the_next_envelope(
    desks: Desks, pipelining: bool
) -> None:
    desks.server.features = Features(pipelining=pipelining)
    desks.server.rules.append(Rule.parse("rcpt@r2@example.org=!hang"))
    desk = desks(readers(4))

    def break_off(run: asyncio.Task[object]) -> None:
        desk.server.wait_for_command("RCPT TO:<r2@")
        asyncio.run_coroutine_threadsafe(_cancel(run), run.get_loop()).result()

    def begin_to_watch(tally: Tally) -> None:
        if tally.attempted == 1:
            assert desk.running is not None
            watching.append(threading.Thread(target=break_off, args=(desk.running,)))
            watching[0].start()

    watching: list[threading.Thread] = []
    desk.progressed = begin_to_watch
    with pytest.raises(asyncio.CancelledError):
        desk.run(connections=1)
    watching[0].join()
    desk.server.release()
    assert [desk.state_of(f"r{number}") for number in range(2)] == [DeliveryState.ACCEPTED] * 2
    assert desk.counts[DeliveryState.QUEUED] == 2


async def _cancel(run: asyncio.Task[object]) -> None:
    for _ in range(10):
        await asyncio.sleep(0)  # what the server said before is here: let the run see it
    run.cancel()

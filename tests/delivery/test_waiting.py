"""What holds while a connection has nothing to do, or is being replaced: that may last for minutes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from dispatch.config.settings import Limits, ThrottleSettings
from dispatch.ledger.states import DeliveryState
from dispatch.ledger.sync import Person
from support.books import NOW, open_ledger, plan
from support.desk import Desk
from support.smtp_server import SmtpServer


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


def test_a_limited_domain_at_the_head_of_a_list_does_not_keep_the_others_to_one_connection(desks: Desks) -> None:
    throttle = ThrottleSettings(domains={"gmail.com": Limits(per_hour=1)})
    desk = desks([*readers(64, "gmail.com"), *readers(64)], throttle)
    desk.run(connections=4)
    assert desk.counts[DeliveryState.ACCEPTED] == 65
    assert desk.server.connections == 4

"""Small ledgers for tests: people on a list, an edition planned for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from dispatch.ledger.claims import Envelope
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sends import NewEdition, Send
from dispatch.ledger.settling import Settlement
from dispatch.ledger.states import DeliveryState
from dispatch.ledger.sync import Person

NOW = 1_800_000_000.0

ON_SQLITE_ALONE = pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
"""For a long test that says nothing of the database: it has the one ledger instead of one after the other."""


def sqlite_url(folder: Path) -> str:
    """The URL of a ledger in a file of ``folder``."""
    return f"sqlite:///{folder / 'dispatch.db'}"


def open_ledger(where: Path | str) -> Ledger:
    """The ledger at a URL, or in a file of a folder."""
    return Ledger.open(where if isinstance(where, str) else sqlite_url(where), now=NOW)


def people(names: Iterable[str]) -> list[Person]:
    return [Person(f"{name}@example.org", f"{name.lower()}@example.org", {"first_name": name}) for name in names]


def bring_in(ledger: Ledger, names: Sequence[str], *, name: str = "daily", at: float = NOW) -> None:
    ledger.sync(name, people(names), digest=f"{sorted(names)}", now=at, may_shrink=True)


def plan(
    ledger: Ledger, slug: str = "first", *, name: str = "daily", at: float = NOW, except_slug: str | None = None
) -> Send:
    known = ledger.sends.edition(slug)
    number = known.number if known else ledger.sends.next_number()
    edition = NewEdition(slug, number, f"Subject of {slug}", f"seeds/{slug}.txt", "0" * 64, "{}")
    return ledger.sends.plan(edition, name, "frozen", except_slug=except_slug, now=at)


def planned(where: Path | str, count: int) -> tuple[Ledger, Send]:
    """A ledger with ``count`` readers (r0, r1, …) on list ``daily`` and edition ``first`` planned for them."""
    ledger = open_ledger(where)
    bring_in(ledger, [f"r{number}" for number in range(count)])
    return ledger, plan(ledger)


def begun(ledger: Ledger, send_id: int, count: int) -> tuple[int, list[Envelope]]:
    """A worker, and ``count`` rows of a send whose content it is about to send."""
    worker = ledger.work.begin("host", 1, now=NOW)
    envelopes = ledger.work.claim(send_id, worker, count, now=NOW)
    stands = ledger.work.commit(worker, [], [one.delivery_id for one in envelopes], now=NOW)
    assert len(stands) == len(envelopes)
    return worker, envelopes


def accepted(envelope: Envelope) -> Settlement:
    """What is to be written of a message that a server took."""
    return Settlement(envelope.delivery_id, DeliveryState.ACCEPTED, "content", 250, "2.0.0", "queued as 1")

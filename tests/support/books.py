"""Small ledgers for tests: people on a list, an edition planned for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sends import NewEdition, Send
from dispatch.ledger.sync import Person

NOW = 1_800_000_000.0


def open_ledger(folder: Path) -> Ledger:
    """A ledger in a file of ``folder``, as every real one is."""
    return Ledger.open(f"sqlite:///{folder / 'dispatch.db'}", now=NOW)


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


def planned(folder: Path, count: int) -> tuple[Ledger, Send]:
    """A ledger with ``count`` readers (r0, r1, …) on list ``daily`` and edition ``first`` planned for them."""
    ledger = open_ledger(folder)
    bring_in(ledger, [f"r{number}" for number in range(count)])
    return ledger, plan(ledger)

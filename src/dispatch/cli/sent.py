"""The sends that a command names by an edition's slug, and what is said where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.errors import Refused

if TYPE_CHECKING:
    from dispatch.ledger.ledger import Ledger
    from dispatch.ledger.sends import Send


def sends_of(ledger: Ledger, slug: str, list_name: str | None) -> list[Send]:
    """The sends of an edition, or its one to a list; refused where there are none."""
    found = [one for one in ledger.sends.of_edition(slug) if list_name in (None, one.list_name)]
    if not found:
        raise never_sent(slug, list_name)
    return found


def never_sent(slug: str, list_name: str | None = None) -> Refused:
    where = f" to list {list_name!r}" if list_name is not None else ""
    return Refused(f"No edition {slug!r} was ever sent{where}.", hint="dispatch status lists the editions.")

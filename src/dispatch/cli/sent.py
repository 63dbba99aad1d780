"""The sends that a command names by an edition's slug, and what is said where there are none."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.errors import Refused

if TYPE_CHECKING:
    from dispatch.config.settings import Settings
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


def no_such_edition(settings: Settings, ledger: Ledger | None, name: str) -> Refused:
    """What is said of a word that is neither a text nor an edition in the ledger, and what it may have meant."""
    sent = ledger.sends.slugs() if ledger is not None else []
    known = {**_seeds(settings), **{slug: slug for slug in sent}}
    found = get_close_matches(Path(name).name, known, n=1)
    hint = f"Did you mean {known[found[0]]}?" if found else "Name a text, such as seeds/canada-china.txt"
    if sent:
        hint += "\n  → dispatch status lists the editions"
    why = "that was sent before" if sent else "(nothing was sent yet)"
    return Refused(f"{name!r} is neither a file nor an edition {why}.", hint=hint)


def _seeds(settings: Settings) -> Mapping[str, str]:
    """The seeds' names without their ends, and how a person would type each."""
    from dispatch.cli.files import printable_name, shown
    from dispatch.edition.sources import MARKDOWN_SUFFIXES, WIRE_SUFFIXES

    texts = (
        path for path in sorted(settings.seeds.rglob("*")) if path.suffix.lower() in WIRE_SUFFIXES | MARKDOWN_SUFFIXES
    )
    return {path.stem: printable_name(Path(shown(path))) for path in texts}

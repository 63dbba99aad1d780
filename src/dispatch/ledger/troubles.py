"""What an unattended run could not do: said once, tried again ever less often, forgotten when it works."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import delete, select

from dispatch.ledger.database import Database, upsert
from dispatch.ledger.schema import meta

FIRST_PAUSE = 60.0
LONGEST_PAUSE = 3600.0
"""Seconds between tries. A server that refuses a login every minute of a night locks the account."""


class Troubles:
    """What keeps failing, by a key of the caller's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pausing(self, key: str, *, now: float) -> bool:
        """Whether it failed so recently that it should be left alone for now."""
        known = self._known(key)
        return known is not None and float(known["next_at"]) > now

    def note(self, key: str, what: str, *, now: float) -> bool:
        """Record that ``key`` failed; true where that should be said, because it was not said before."""
        known = self._known(key)
        tries = int(known["tries"]) + 1 if known is not None else 1
        pause = min(FIRST_PAUSE * 2 ** min(tries - 1, 10), LONGEST_PAUSE)
        # Due a little before the minute is full, so that cron's next minute does not come a moment too early.
        value = json.dumps({"what": what, "tries": tries, "next_at": now + pause - FIRST_PAUSE / 2})
        with self._database.writing() as connection:
            connection.execute(
                upsert(self._database, meta)
                .values(key=_name(key), value=value)
                .on_conflict_do_update(index_elements=["key"], set_={"value": value})
            )
        return known is None or known["what"] != what

    def over(self, key: str) -> None:
        """Forget a trouble: what failed works, or nobody wants it any more."""
        if self._known(key) is not None:
            with self._database.writing() as connection:
                connection.execute(delete(meta).where(meta.c.key == _name(key)))

    def _known(self, key: str) -> dict[str, Any] | None:
        with self._database.reading() as connection:
            value = connection.scalar(select(meta.c.value).where(meta.c.key == _name(key)))
        known: dict[str, Any] | None = None if value is None else json.loads(value)
        return known


def _name(key: str) -> str:
    return f"trouble {key}"

"""What a worker writes again and again, without ever waiting for others: an event loop may do it itself.

A thread of its own would let the loop go on meanwhile, but each commit is then two hand-overs of Python's lock, which
cost more than the commit (docs/performance.md). And one connection keeps the pages that it wrote: what another one
writes makes it read them anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dispatch.ledger.claims import Claims, Envelope
from dispatch.ledger.database import Database
from dispatch.ledger.ordinary import NotOrdinary, Ordinary
from dispatch.ledger.settling import Settlement


class Busy(Exception):
    """Another process writes into the ledger at this moment; nothing was written."""


class AtOnce:
    """Claims and commits of an SQLite ledger over a connection of their own, for the one thread that made it.

    Where something would need care (a row is not ordinary, the disk is full), nothing is written and the answer says
    so; then it is for :class:`~dispatch.ledger.work.Work`. Both raise :class:`Busy`.
    """

    def __init__(self, database: Database, claims: Claims, ordinary: Ordinary) -> None:
        self._pooled = database.engine.raw_connection()
        driver = self._pooled.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        self._driver = driver
        self._cursor = driver.cursor()
        self._cursor.execute("PRAGMA busy_timeout = 0")
        self._claims = claims
        self._ordinary = ordinary

    def claim(self, send_id: int, worker_id: int, limit: int, *, now: float) -> list[Envelope] | None:
        """See :meth:`~dispatch.ledger.work.Work.claim`; ``None``: not at once."""
        with _without_care(), self._transaction():
            taken = self._claims.take(self, send_id, worker_id, limit, now)
            if taken.refused:
                raise NotOrdinary
            return taken.envelopes
        return None

    def commit(self, worker_id: int, settlements: Sequence[Settlement], intents: Sequence[int], *, now: float) -> bool:
        """Write acceptances and intents, all of them, in one durable commit; false: not at once."""
        with _without_care(), self._transaction():
            self._ordinary.write(self, worker_id, settlements, intents, now)
            return True
        return False

    def close(self) -> None:
        self._pooled.invalidate()  # with its settings it must not go back to the pool

    def changed(self, sql: str, rows: Sequence[Any]) -> int:
        """See :class:`~dispatch.ledger.prepared.Runner`."""
        self._cursor.executemany(sql, rows)
        return self._cursor.rowcount

    def rows(self, sql: str, given: Any) -> Sequence[Sequence[Any]]:
        """See :class:`~dispatch.ledger.prepared.Runner`."""
        return self._cursor.execute(sql, given).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._cursor.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._cursor.execute("COMMIT")
        finally:
            if self._driver.in_transaction:
                self._cursor.execute("ROLLBACK")


@contextmanager
def _without_care() -> Iterator[None]:
    """Leave what is not ordinary undone; :class:`Busy` where it is only for a moment."""
    try:
        yield
    except NotOrdinary:
        pass
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            raise Busy from error

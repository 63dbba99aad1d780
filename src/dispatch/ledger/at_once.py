"""What a worker writes again and again, without ever waiting for others: an event loop may do it itself.

A thread of its own would let the loop go on meanwhile, but each commit is then two hand-overs of Python's lock, which
cost more than the commit (docs/performance.md). And one connection keeps the pages that it wrote: what another one
writes makes it read them anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import OperationalError

from dispatch.ledger.claims import Envelope, claim_rows
from dispatch.ledger.database import Database
from dispatch.ledger.ordinary import NotOrdinary, Ordinary
from dispatch.ledger.settling import Settlement


class AtOnce:
    """Claims and commits of an SQLite ledger over a connection of their own, for the one thread that made it.

    Where something would need patience or care (another program writes, a row is not ordinary, the disk is full),
    nothing is written and the answer says so; then it is for :class:`~dispatch.ledger.work.Work`.
    """

    def __init__(self, database: Database, ordinary: Ordinary) -> None:
        self._connection = database.engine.connect()
        driver = self._connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        self._driver = driver
        self._cursor = driver.cursor()
        self._cursor.execute("PRAGMA busy_timeout = 0")
        self._ordinary = ordinary

    def claim(self, send_id: int, worker_id: int, limit: int, *, now: float) -> list[Envelope] | None:
        """See :meth:`~dispatch.ledger.work.Work.claim`; ``None``: not at once."""
        try:
            with self._connection.begin():
                return claim_rows(self._connection, send_id, worker_id, limit, now)
        except OperationalError:
            return None

    def commit(self, worker_id: int, settlements: Sequence[Settlement], intents: Sequence[int], *, now: float) -> bool:
        """Write acceptances and intents, all of them, in one durable commit; false: not at once."""
        try:
            self._cursor.execute("BEGIN IMMEDIATE")
            self._ordinary.write(self, worker_id, settlements, intents, now)
            self._cursor.execute("COMMIT")
        except (sqlite3.Error, NotOrdinary):
            if self._driver.in_transaction:
                self._cursor.execute("ROLLBACK")
            return False
        return True

    def close(self) -> None:
        self._connection.invalidate()  # with its settings it must not go back to the pool
        self._connection.close()

    def changed(self, sql: str, rows: Sequence[Any]) -> int:
        """See :class:`~dispatch.ledger.ordinary.Runner`."""
        self._cursor.executemany(sql, rows)
        return self._cursor.rowcount

    def found(self, sql: str, row: Any) -> bool:
        """See :class:`~dispatch.ledger.ordinary.Runner`."""
        return self._cursor.execute(sql, row).fetchone() is not None

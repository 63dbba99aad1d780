"""Statements compiled once, for what happens thousands of times a second: SQLAlchemy's own way costs more than to run
them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Protocol

from sqlalchemy import Connection, Dialect, Executable


class Runner(Protocol):
    """What runs a statement in the transaction that is open."""

    def changed(self, sql: str, rows: Sequence[Any]) -> int:
        """Run it for each of ``rows``; how many rows of the table changed in all."""

    def rows(self, sql: str, given: Any) -> Sequence[Sequence[Any]]:
        """What it returns."""


class Through:
    """A :class:`Runner` over SQLAlchemy's connection, which names the driver's faults."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def changed(self, sql: str, rows: Sequence[Any]) -> int:
        return self._connection.exec_driver_sql(sql, rows).rowcount

    def rows(self, sql: str, given: Any) -> Sequence[Sequence[Any]]:
        return self._connection.exec_driver_sql(sql, given).all()


class Prepared:
    """A statement in the words of one database.

    ``given`` are the names of the parameters that each execution gives, in order; the others are fixed.
    """

    def __init__(self, statement: Executable, dialect: Dialect, *given: str) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self._sql: str = compiled.string
        fixed = {name: _plain(value) for name, value in compiled.params.items() if name not in given}
        self._names = (*given, *fixed)
        self._fixed = tuple(fixed.values())
        order = compiled.positiontup
        self._places = None if order is None else tuple(self._names.index(name) for name in order)

    def changed(self, runner: Runner, rows: Sequence[tuple[Any, ...]]) -> int:
        """Run it for each of ``rows``; how many rows of the table changed in all."""
        return runner.changed(self._sql, [self._arranged(row) for row in rows])

    def rows(self, runner: Runner, *given: Any) -> Sequence[Sequence[Any]]:
        """What it returns."""
        return runner.rows(self._sql, self._arranged(given))

    def _arranged(self, row: tuple[Any, ...]) -> Any:
        values = row + self._fixed
        if self._places is None:
            return dict(zip(self._names, values, strict=True))
        return tuple(map(values.__getitem__, self._places))


def _plain(value: Any) -> Any:
    # SQLite's driver would look for an adapter each time it meets an enumeration's member.
    return value.value if isinstance(value, Enum) else value

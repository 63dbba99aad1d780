"""A list file's people in temporary tables of the ledger, where they are compared with whom it knows, many at once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    delete,
    exists,
    func,
    insert,
    select,
)

from dispatch.ledger.database import Database
from dispatch.ledger.keys import address_hash, current_key
from dispatch.ledger.states import KeyPurpose

CHUNK = 2_000
"""Rows at a time while a list is read or told: memory stays flat however long the list is."""

PUBLIC_ID = 16
_as_json = json.JSONEncoder(ensure_ascii=False).encode


class Person(NamedTuple):
    """A list file's row, as the ledger takes it: ``key`` is the normalised address, their identity."""

    address: str
    key: str
    fields: Mapping[str, str]


def subscriber_row(person: Person, secret: bytes) -> dict[str, object]:
    """What the ``subscriber`` table keeps of a person; ``secret`` is the suppression key."""
    return {
        "public_id": secrets.token_bytes(PUBLIC_ID),
        "address": person.address,
        "address_key": person.key,
        "address_hash": address_hash(secret, person.key),
    }


@dataclass(frozen=True, slots=True)
class Staging:
    """A list file's people in a temporary table, one row an address (the first counts). ``given`` is how many there
    were with those named twice.

    ``known`` takes who of them is which subscriber. Its order is that of the memberships, so that the two are merged
    page by page: a look-up a row, each somewhere else on the disk, took ten times as long.
    """

    incoming: Table
    known: Table
    given: int


@contextmanager
def staged(database: Database, connection: Connection, people: Iterable[Person]) -> Iterator[Staging]:
    """Read ``people`` into temporary tables, which go when the block ends."""
    metadata = MetaData()
    incoming = Table(
        "dispatch_incoming",
        metadata,
        Column("position", Integer, primary_key=True, autoincrement=False),
        Column("address_key", String, nullable=False),
        Column("address", String, nullable=False),
        Column("public_id", LargeBinary, nullable=False),
        Column("address_hash", LargeBinary, nullable=False),
        Column("fields", Text, nullable=False),
        prefixes=["TEMPORARY"],
    )
    known = Table(
        "dispatch_known",
        metadata,
        Column("subscriber_id", Integer, primary_key=True, autoincrement=False),
        Column("position", Integer, nullable=False),
        prefixes=["TEMPORARY"],
    )
    metadata.create_all(connection, checkfirst=False)
    given = _load(database, connection, incoming, people)
    # Made when the rows are there: sorted once, instead of a search for each row's place.
    Index("ix_dispatch_incoming", incoming.c.address_key).create(connection)
    look_at(database, connection, incoming)
    _drop_repeats(connection, incoming, given)
    try:
        yield Staging(incoming, known, given)
    finally:
        # A transaction that failed would refuse to drop them; left there, they would meet this process' next list.
        connection.rollback()
        metadata.drop_all(connection)
        connection.commit()


def _load(database: Database, connection: Connection, incoming: Table, people: Iterable[Person]) -> int:
    """Write ``people`` into their temporary table by the driver's fastest way; how many there are."""
    secret = current_key(connection, KeyPurpose.SUPPRESSION).secret
    rows = iter(people)
    given = 0
    while chunk := list(islice(rows, CHUNK)):
        ids = secrets.token_bytes(PUBLIC_ID * len(chunk))
        values = [
            (
                given + index,
                key,
                address,
                ids[index * PUBLIC_ID : (index + 1) * PUBLIC_ID],
                address_hash(secret, key),
                _as_json(dict(fields)),
            )
            for index, (address, key, fields) in enumerate(chunk)
        ]
        _write(database, connection, incoming, values)
        given += len(chunk)
    return given


def _write(database: Database, connection: Connection, table: Table, values: Sequence[tuple[object, ...]]) -> None:
    if database.is_sqlite:
        # Bare tuples for a statement that is compiled once: what SQLAlchemy does for each row took as long as SQLite.
        connection.exec_driver_sql(str(insert(table).compile(connection)), list(values))
        return
    copy_into(connection, table, values)


def copy_into(connection: Connection, table: Table, rows: Iterable[Sequence[object]]) -> int:
    """Write ``rows``, each with the values of all columns in the table's order, into a PostgreSQL table by the fastest
    way there is; how many there were."""
    driver: Any = connection.connection.driver_connection
    quoted = connection.dialect.identifier_preparer
    columns = ", ".join(quoted.format_column(column) for column in table.columns)
    with driver.cursor() as cursor:
        with cursor.copy(f"COPY {quoted.format_table(table)} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return int(cursor.rowcount)


def look_at(database: Database, connection: Connection, table: Table) -> None:
    """Let PostgreSQL know how large a temporary table is, which it never finds out by itself."""
    if not database.is_sqlite:
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def _drop_repeats(connection: Connection, incoming: Table, given: int) -> None:
    """Keep the first row of each address."""
    each = select(incoming.c.address_key).group_by(incoming.c.address_key).subquery()
    if connection.scalars(select(func.count()).select_from(each)).one() == given:
        return
    earlier = incoming.alias("earlier")
    repeated = exists().where(earlier.c.address_key == incoming.c.address_key, earlier.c.position < incoming.c.position)
    connection.execute(delete(incoming).where(repeated))

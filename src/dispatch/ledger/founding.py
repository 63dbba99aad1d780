"""Opening a ledger: its tables made where there are none, brought up to date where they are older, else refused."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, select, text

from dispatch.errors import LedgerError
from dispatch.ledger.database import Database, engine_for, sqlite_file
from dispatch.ledger.schema import HEAD, WHERE, metadata, subscriber

_VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Alembic's own table, as Alembic makes it."""


def open_database(url: str) -> Database:
    """Open the ledger at ``url``, making or upgrading its tables where needed.

    Raises :class:`LedgerError` where it cannot be opened, is damaged, or was written by a newer version.
    """
    file = sqlite_file(url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    database = Database(engine_for(url))
    try:
        while (version := _version(database)) != HEAD:
            _build(database, version)
            if file is not None:
                # The connection that made the tables is not in WAL mode yet; the next one is.
                database.close()
        database.remember_file()
    except BaseException:
        database.close()
        raise
    return database


def exists(url: str) -> bool:
    """Whether there is a ledger at ``url`` already; asking creates nothing."""
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return False
    database = Database(engine_for(url))
    try:
        return _version(database) is not None
    finally:
        database.close()


def _version(database: Database) -> str | None:
    with database.reading() as connection:
        look = inspect(connection)
        if not look.has_table(_VERSION.name):
            return None
        if not look.has_table(subscriber.name):
            raise _another_programs(database, look.get_table_names())
        return connection.scalar(select(_VERSION.c.version_num))


def _build(database: Database, version: str | None) -> None:
    """Make the tables, or bring them to the newest schema: whole or not at all."""
    if version is None:
        _require_room(database)
        with database.writing_alone() as connection:
            if not inspect(connection).has_table(_VERSION.name):
                _found(connection)
        return
    # Imported here: a ledger is upgraded once, and Alembic takes longer to import than most commands to run.
    from dispatch.ledger.migrate import known_revisions, upgrade

    if version not in known_revisions():
        raise LedgerError(
            f"The ledger {database.shown} was written by a newer Dispatch (schema {version}; this one knows {HEAD}).",
            hint="Upgrade Dispatch here: pip install -U dispatch-newsletter",
        )
    with database.writing_alone() as connection:
        upgrade(connection)


def _found(connection: Connection) -> None:
    """Make all tables at once, as the migrations would have left them."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if WHERE in index.info:
                index.dialect_kwargs[f"{connection.dialect.name}_where"] = text(index.info[WHERE])
    metadata.create_all(connection, checkfirst=False)
    _VERSION.create(connection)
    connection.execute(insert(_VERSION).values(version_num=HEAD))


def _require_room(database: Database) -> None:
    """Refuse a database that is another program's, or cannot hold every name and text."""
    with database.reading() as connection:
        tables = inspect(connection).get_table_names()
        encoding = "UTF8" if database.is_sqlite else connection.scalar(text("SHOW server_encoding"))
    if _VERSION.name in tables:  # which another process has made in the meantime
        return
    # A server's database may hold other tables, as long as none is called as one of ours.
    taken = tables if database.is_sqlite else [name for name in tables if name in metadata.tables]
    if taken:
        raise _another_programs(database, taken)
    if encoding != "UTF8":
        raise LedgerError(
            f"The ledger's database has the encoding {encoding}; readers' names need UTF8 ({database.shown}).",
            hint=f"Make another one and name it in [ledger] url: {_createdb(database)}",
        )


def _another_programs(database: Database, tables: Sequence[str]) -> LedgerError:
    free = "a file that does not exist yet" if database.is_sqlite else f"a database of its own ({_createdb(database)})"
    return LedgerError(
        f"This database is no ledger: it holds other tables ({database.shown}): {', '.join(sorted(tables)[:5])}.",
        hint=f"Check [ledger] url in dispatch.toml: name {free}, or a ledger.",
    )


def _createdb(database: Database) -> str:
    return f"createdb --owner={database.engine.url.username or 'USER'} --encoding=UTF8 --template=template0 NAME"

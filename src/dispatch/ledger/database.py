"""Opening the ledger: one engine, durable commits, transactions that say whether they write."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Float,
    Table,
    cast,
    create_engine,
    event,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.sql.elements import ColumnElement

from dispatch.errors import LedgerError
from dispatch.ledger.faults import shown, translated

BUSY_SECONDS = 40.0
"""How long a statement waits for another program's lock before it gives up; ``?timeout=`` in an SQLite URL overrides
it. Half a minute must only hold a send up; a heartbeat that has to wait for longer than 45 seconds ends it anyway."""

_SERVER_OPTIONS: Mapping[str, object] = {
    "application_name": "dispatch",
    "client_encoding": "utf8",
    # A server that is cut off says nothing, and a worker that cannot write must not wait for hours to find out.
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""libpq's, unless the URL says otherwise."""

_READING = {"dispatch_reading": True}

_ALONE = 0x6469_7370_6174_6368  # "dispatch": the name of our one advisory lock on a server


class Database:
    """A ledger's database, of the newest schema. Use :meth:`reading` and :meth:`writing` for everything."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.shown = shown(engine.url)
        self._file: os.stat_result | None = None

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A view that holds up nobody: SQLite's is of one moment, a server's statements each see what is new."""
        with self._translated(), self.engine.connect().execution_options(**_READING) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, durable once the block ends; rolled back if it raises."""
        with self._translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing_alone(self, connection: Connection | None = None) -> Iterator[Connection]:
        """:meth:`writing`, and nobody else is in such a block: for what is made once (a list, an edition, a plan).

        ``connection`` is one of :meth:`reading` to go on with, whose temporary tables stay: what was read with it is
        to be read again.
        """
        with self._translated(), ExitStack() as stack:
            if connection is None:
                connection = stack.enter_context(self.engine.connect())
            else:
                connection.commit()
                connection.execution_options(dispatch_reading=False)
                stack.callback(connection.execution_options, **_READING)
            stack.enter_context(connection.begin())
            if not self.is_sqlite:  # which has one writer anyway
                connection.execute(select(func.pg_advisory_xact_lock(_ALONE)))
            yield connection

    def clock(self) -> ColumnElement[float]:
        """The *database's* time in epoch seconds: the one clock that all workers of a ledger share."""
        if self.is_sqlite:
            # unixepoch('subsec') needs SQLite 3.42; Julian days are as old as SQLite.
            return literal_column("((julianday('now') - 2440587.5) * 86400.0)")
        return cast(func.extract("epoch", func.clock_timestamp()), Float)

    def remember_file(self) -> None:
        """Note which file is open; see :meth:`require_file`."""
        self._file = self._look()

    def require_file(self) -> None:
        """Raise :class:`LedgerError` where the file is not where it was: what is written now would be lost with it."""
        found = self._look()
        if self._file is not None and (found is None or not os.path.samestat(found, self._file)):
            raise LedgerError(
                f"The ledger's file was moved, removed or replaced while it was in use ({self.shown}).",
                hint="Put it back, with its -wal file where there is one, and run the same command again; a new "
                "ledger would mail everyone again.",
            )

    def _look(self) -> os.stat_result | None:
        file = sqlite_file(self.engine.url)
        return file.stat() if file is not None and file.exists() else None

    def close(self) -> None:
        self.engine.dispose()

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self.engine.url, self.engine.dialect.loaded_dbapi)


def upsert(database: Database, table: Table) -> Insert:
    """``INSERT`` with ``ON CONFLICT``. PostgreSQL's words for it are SQLite's too, so one type serves both."""
    if database.is_sqlite:
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    return insert(table)


def sqlite_file(url: str | URL) -> Path | None:
    """The file behind an SQLite URL; ``None`` for a server's."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def without_password(url: str) -> str:
    """``url`` as it may be shown."""
    return shown(make_url(url))


def engine_for(url: str) -> Engine:
    """The engine for a ledger's URL; nothing is opened yet, and nothing made."""
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    if not sqlite:
        parsed = parsed.set(drivername="postgresql+psycopg")
        # It warns of a lost connection in its own words, in the midst of ours; what was lost is raised all the same.
        logging.getLogger("psycopg").addHandler(logging.NullHandler())
    defaults = {"timeout": BUSY_SECONDS} if sqlite else _SERVER_OPTIONS
    try:
        engine = create_engine(
            parsed,
            connect_args={name: value for name, value in defaults.items() if name not in parsed.query},
            # psycopg's are lost for INSERT otherwise, and how many rows were made says whether a plan is new.
            execution_options={"preserve_rowcount": True},
            # A traceback, should there be one, shows neither keys nor readers.
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise LedgerError(
            f"The ledger's driver {error.name} is not installed.",
            hint="pip install 'dispatch-newsletter[postgresql]'",
        ) from None
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_server)
    return engine


def _prepare_server(connection: Any, _record: Any) -> None:
    # Two things that a server's, a database's or a role's own defaults must not decide. Each statement sees what others
    # have committed: every compare-and-set counts on it. And a commit is durable to power loss, as SQLite's is.
    cursor = connection.cursor()
    cursor.execute(
        "SELECT set_config('default_transaction_isolation', 'read committed', false), "
        "set_config('synchronous_commit', coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), false)"
    )
    connection.commit()
    cursor.close()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling would begin late and commit before DDL; we begin ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    if cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        # Not in a file that is no ledger (yet): the mode is written into it, and it may be another program's.
        _use_wal(cursor)
    # Durable to power loss: an intent that is only in the page cache would let a message be sent twice.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Switch a new file to WAL. For this alone SQLite does not wait for another process that does the same."""
    patience = cursor.execute("PRAGMA busy_timeout").fetchone()[0] / 1000
    deadline = time.monotonic() + patience
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that starts as a reader and then writes can fail with "locked" half-way; one that says at
    # its start that it writes waits its turn instead.
    reading = connection.get_execution_options().get("dispatch_reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

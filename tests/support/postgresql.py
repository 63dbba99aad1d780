"""Debian's PostgreSQL as a throwaway server: its own folder, port and roles, and a fresh database for each test.

The server runs as an ordinary user, for it refuses root; where the tests are root, as ``nobody``. It asks everybody for
a password, as a server on another machine does. Ledgers belong to :data:`ROLE`, who may do nothing else.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from dispatch.ledger.founding import open_database
from support.mail_host import free_ports, wait_until
from support.real_parts import require_program

ROLE = "dispatch"
PASSWORD = "correct horse/battery@staple"  # with signs that a URL must escape

_SUPERUSER = "postgres"
_EMPTY = "template0"
_TEMPLATE = "ledger_template"

_ROOM = 2**30

# Waits for the end of its input, which comes with the end of the tests, however they end.
_KEEPER = 'exec 2>/dev/null; read -r _; kill -QUIT "$(head -n 1 data/postmaster.pid)"; rm -rf "$PWD"'

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "max_wal_size": "64MB",
    "log_min_messages": "warning",
    "deadlock_timeout": "100ms",
}


class PostgreSQL:
    """Runs while its ``with`` block does, on 127.0.0.1 at :attr:`port`, and at a Unix socket in :attr:`folder`."""

    def __init__(self) -> None:
        self._program = Path(require_program("postgres", "apt-get install postgresql")).resolve()
        self._user = "nobody" if os.geteuid() == 0 else None
        # Not under pytest's own folder, which the server's user could not enter.
        self.folder = Path(tempfile.mkdtemp(prefix="dispatch-postgresql-", dir=_memory()))
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER], cwd=self.folder, stdin=subprocess.PIPE, start_new_session=True
        )
        self.port = free_ports(1)[0]
        self._names = (f"ledger{number}" for number in count(1))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._make_cluster()
            self._start()
            with self.superuser() as connection:
                statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                connection.execute(statement.format(sql.Identifier(ROLE), PASSWORD))
            self._create(_TEMPLATE, _EMPTY, "UTF8")
            open_database(self.url(_TEMPLATE)).close()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._keeper.communicate()

    @contextmanager
    def database(self, *, empty: bool = False, encoding: str = "UTF8") -> Iterator[str]:
        """The name of a new database with a ledger's tables, or an ``empty`` one, while the block runs."""
        name = next(self._names)
        self._create(name, _EMPTY if empty else _TEMPLATE, encoding)
        try:
            yield name
        finally:
            with self.superuser() as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, database: str) -> str:
        """A ledger's URL as SQLAlchemy takes it, with its password."""
        return f"postgresql+psycopg://{ROLE}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{database}"

    def address(self, database: str) -> str:
        """The same as a user writes it into ``dispatch.toml``."""
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{database}"

    def superuser(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection to ``database`` that may do everything; each statement is a transaction."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=_SUPERUSER, password=PASSWORD, dbname=database, autocommit=True
        )

    @contextmanager
    def down(self, *, at_once: bool = False) -> Iterator[None]:
        """Nobody is served while the block runs; the server stopped in order, or ``at_once`` as in a crash."""
        self._stop(at_once=at_once)
        try:
            yield
        finally:
            self._start()

    def configure(self, database: str, setting: str, value: str) -> None:
        """Let later connections to ``database`` begin with a setting of its own."""
        statement = sql.SQL("ALTER DATABASE {} SET {} = {}")
        with self.superuser() as connection:
            connection.execute(statement.format(sql.Identifier(database), sql.Identifier(setting), value))

    def wait_for_waiting(self, database: str, count: int) -> None:
        """Until so many connections to ``database`` wait for another's lock."""
        statement = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
        with self.superuser() as connection:
            wait_until(
                lambda: connection.execute(statement, [database]).fetchone() == (count,),
                lambda: f"there are not {count} connections that wait for a lock",
            )

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _make_cluster(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(PASSWORD)
        if self._user is not None:
            owner = pwd.getpwnam(self._user)
            for path in (self.folder, secret):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        login = ("-U", _SUPERUSER, "-A", "scram-sha-256", f"--pwfile={secret}")
        initdb = (self._program.with_name("initdb"), "-D", self._data, *login, "-E", "UTF8", "--locale=C", "--no-sync")
        with self._log.open("wb") as log:
            made = self._run(*initdb, output=log.fileno())
        assert made.wait() == 0, self._log.read_text()

    def _start(self) -> None:
        settings = {**_SETTINGS, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        with self._log.open("ab") as log:
            self._process = self._run(self._program, "-D", self._data, *options, output=log.fileno())
        wait_until(self._answers, lambda: f"PostgreSQL does not answer:\n{self._log.read_text()}")

    def _stop(self, *, at_once: bool = False) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
            self._process.wait()
            self._process = None

    def _run(self, *command: str | Path, output: int) -> subprocess.Popen[bytes]:
        # In a session of its own: the terminal's Ctrl-C is for pytest, which then stops the server in order.
        return subprocess.Popen(
            command,
            cwd=self.folder,
            user=self._user,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def _create(self, name: str, template: str, encoding: str) -> None:
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} ENCODING {}")
        with self.superuser() as connection:
            connection.execute(statement.format(*map(sql.Identifier, (name, ROLE, template)), encoding))

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            self.superuser().close()
        except psycopg.OperationalError:
            return False
        return True


def _memory() -> Path | None:
    """A folder in memory, where there is room for a cluster: a database is three hundred files, and made for each
    test."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > _ROOM else None

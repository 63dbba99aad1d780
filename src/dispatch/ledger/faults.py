"""What a database driver says, turned into what a person can do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIModule
from sqlalchemy.exc import DBAPIError

from dispatch.errors import LedgerError

_AGAIN = "run the same command again: nothing is lost, and nobody is mailed twice."

MOVED = "this ledger was moved to a server"
"""What a file says to whoever writes into it still."""

_FILE_FAULTS = (
    ("locked", "Another program holds the ledger", "Wait for it or end it, then run the same command again."),
    ("busy", "Another program holds the ledger", "Wait for it or end it, then run the same command again."),
    ("disk is full", "The disk that holds the ledger is full", "Free some space, then run the same command again."),
    (
        "malformed",
        "The ledger's file is damaged",
        "Restore it from a backup; `sqlite3 FILE .recover` saves what is left.",
    ),
    (
        "not a database",
        "This file is no ledger",
        "Check [ledger] url in dispatch.toml, or restore the file from a backup.",
    ),
    ("readonly", "The ledger cannot be written", "Check who owns the file and its folder, then run the command again."),
    ("unable to open", "The ledger cannot be opened", "Check that its folder exists and is yours to write."),
    (
        MOVED,
        "This ledger is not in use any more",
        "Name the new one in dispatch.toml, [ledger] url (`dispatch status` says where it is), then run the same "
        "command again.",
    ),
    ("disk i/o", "The disk that holds the ledger fails", "Look at the disk, restore from a backup if need be."),
)

_UNREACHABLE, _OPTION, _GONE = "unreachable", "option", "gone"

_SERVER_FAULTS: Mapping[str, tuple[str, str]] = {
    _UNREACHABLE: (
        "The ledger's server cannot be reached",
        "Check host and port in [ledger] url, and whether the server runs: pg_isready --host={host} --port={port}\n"
        f"  → Once it does, {_AGAIN}",
    ),
    _OPTION: (
        "The ledger's server cannot be reached as its URL says",
        "Check what follows the ? in [ledger] url, such as sslmode and sslrootcert.",
    ),
    _GONE: ("The ledger's server is not available", f"Once it is back, {_AGAIN}"),
    "25006": (
        "The ledger's server takes no changes",
        "It may be a stand-by: name the server that leads in [ledger] url.",
    ),
    "28": (
        "The ledger's server refuses the login",
        "Check the user in [ledger] url. The password may stand in ~/.pgpass (chmod 600), in PGPASSWORD, or in a whole "
        "URL in DISPATCH_LEDGER_URL.",
    ),
    "3D000": (
        "The ledger's database does not exist",
        "Check [ledger] url, or have an administrator of the server make it: "
        "createdb --owner={user} --encoding=UTF8 --template=template0 {database}",
    ),
    "40": ("Processes stood in each other's way in the ledger", f"Once they are done, {_AGAIN}"),
    "42501": (
        "The ledger's user may not do in the database what is needed",
        "Have an administrator of the server let it own the database: ALTER DATABASE {database} OWNER TO {user}",
    ),
    "53100": ("The disk that holds the ledger is full", f"Free some space on the server, then {_AGAIN}"),
    "53": (
        "The ledger's server has no room for another connection or its work",
        f"End programs that use it, or raise its max_connections; then {_AGAIN}",
    ),
    "55P03": ("Another program holds the ledger", f"Wait for it or end it, then {_AGAIN}"),
    "57014": (
        "The ledger's server broke off what took long",
        "Raise the time that it allows: ALTER ROLE {user} SET statement_timeout = 0",
    ),
    "57P": ("The ledger's server is not available", f"Once it is back, {_AGAIN}"),
    "58": ("The ledger's server fails", "Look at its log, and at its disk."),
    "XX": ("The ledger is damaged on its server", "Look at the server's log; restore the ledger from a backup."),
}
"""By SQLSTATE, or how it begins; three are ours, for what has none."""

_UNDONE = frozenset({"40001", "40P01"})

_CONNECTING_SIGNS = (
    (r'database ".*" does not exist', "3D000"),
    ("too many|connection slots", "53"),
    ("starting up|shutting down|recovery", "57P"),
    (r"SSL|certificate|invalid (connection option|\w+ value)", _OPTION),
    ("password|authentication|pg_hba|role", "28"),
)
"""What the driver says when there is no connection, and the SQLSTATE that it does not tell."""

_NOT_CONNECTED = ("connection failed", "connection is bad", "connection timeout", "failed to resolve", "invalid conn")
_PREAMBLE = re.compile(r"connection (?:failed|is bad): (?:connection to server (?:at|on) .*? failed: )?(?:FATAL: +)?")

_SECRET_OPTIONS = ("password", "sslpassword")


class Undone(LedgerError):
    """The database undid a transaction, since it and another's waited for each other; it may be done again."""


def shown(url: URL) -> str:
    """``url`` as a person wrote it, without its password."""
    plain = url.difference_update_query(_SECRET_OPTIONS)
    return str(plain._replace(drivername=url.get_backend_name(), password=None))


@contextmanager
def translated(url: URL, driver: DBAPIModule) -> Iterator[None]:
    """Raise :class:`LedgerError` for what the ``driver`` of ``url`` raises, itself or through SQLAlchemy; a fault that
    is ours keeps its traceback."""
    try:
        yield
    except (DBAPIError, driver.Error) as error:
        said = error.orig if isinstance(error, DBAPIError) else error
        # While a ledger is moved, two drivers are at work.
        fault = _fault(url, driver, said) if isinstance(said, driver.Error) else None
        if fault is None:
            raise
        raise fault from error


@contextmanager
def afterwards(do: Callable[[], object]) -> Iterator[None]:
    """``do`` at the end of the block, however that ends. Where the ledger failed in it, this is what is said, and not
    that it failed in ``do`` too."""
    try:
        yield
    except LedgerError:
        with suppress(LedgerError):
            do()
        raise
    except BaseException:
        do()
        raise
    do()


def _fault(url: URL, driver: DBAPIModule, error: BaseException) -> LedgerError | None:
    said = str(error).strip().partition("\n")[0].rstrip(".")
    if url.get_backend_name() == "sqlite":
        found = next((fault[1:] for fault in _FILE_FAULTS if fault[0] in said.lower()), None)
        return LedgerError(f"{found[0]} ({shown(url)}): {said}.", hint=found[1]) if found else None
    state = getattr(error, "sqlstate", None) or _state_of(said, isinstance(error, driver.OperationalError))
    found = next((fault for begin, fault in _SERVER_FAULTS.items() if state.startswith(begin)), None)
    if found is None:
        return None
    hint = found[1].format(
        host=url.host or url.query.get("host", "localhost"),
        port=url.port or url.query.get("port", 5432),
        user=url.username or "USER",
        database=url.database or url.username or "DATABASE",
    )
    kind = Undone if state in _UNDONE else LedgerError
    return kind(f"{found[0]} ({shown(url)}): {_PREAMBLE.sub('', said)}.", hint=hint)


def _state_of(said: str, operational: bool) -> str:
    """What stands for the SQLSTATE of a fault that has none: there is no connection, or it was lost."""
    if said.startswith(_NOT_CONNECTED):
        return next((state for signs, state in _CONNECTING_SIGNS if re.search(signs, said)), _UNREACHABLE)
    return _GONE if operational else ""

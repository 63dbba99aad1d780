"""What a database driver says, turned into what a person can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from dispatch.errors import LedgerError

_FAULTS = (
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
    ("disk i/o", "The disk that holds the ledger fails", "Look at the disk, restore from a backup if need be."),
    ("could not connect", "The ledger's server cannot be reached", "Check [ledger] url in dispatch.toml."),
    ("connection", "The ledger's server cannot be reached", "Check [ledger] url in dispatch.toml."),
)


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Raise :class:`LedgerError` for what a driver raises; a fault that is ours keeps its traceback."""
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig).strip().partition("\n")[0].rstrip(".")
        for sign, message, hint in _FAULTS:
            if sign in said.lower():
                raise LedgerError(f"{message} ({url}): {said}.", hint=hint) from error
        raise

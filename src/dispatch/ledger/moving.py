"""Moving a ledger from its file onto a server: the whole or nothing, and never two that are both in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing

from sqlalchemy import Connection, Table, func, insert, select

from dispatch.errors import Refused
from dispatch.ledger.database import Database
from dispatch.ledger.faults import MOVED
from dispatch.ledger.founding import open_database
from dispatch.ledger.keys import MOVED_TO, ledger_id, moved_to
from dispatch.ledger.schema import meta, metadata, worker
from dispatch.ledger.staging import CHUNK, copy_into
from dispatch.ledger.work import Work


def move(source: str, target: str, *, prepare: Callable[[str, Work], None]) -> Mapping[str, int]:
    """Move the ledger in the SQLite file at ``source`` into the PostgreSQL database at ``target``; rows by table.

    ``prepare`` is told the ledger's id, and ends the workers that died; refused where one is left, for it is at work.
    The file stays as it was, but that it says where its ledger is and takes nothing more, not even from a process that
    has it open. It is shut before the new one counts: whatever breaks off in between, another call with the same
    ``target`` completes it.

    Raises :class:`~dispatch.errors.Refused` where the file's ledger is at work or elsewhere, or where the target holds
    one; :class:`~dispatch.errors.LedgerError` where one of them fails.
    """
    with closing(open_database(source)) as origin:
        with origin.reading() as connection:
            name = ledger_id(connection)
        prepare(name or "", Work(origin))
        with closing(open_database(target)) as destination, destination.writing_alone() as new:
            with origin.writing_alone() as old:
                if not _is_new(old, new, destination.shown):
                    return {table.name: _number(new, table) for table in metadata.sorted_tables}
                _require_nobody_at_work(old)
                numbers = {table.name: _copy(old, new, table) for table in metadata.sorted_tables}
                _shut(origin, old, destination.shown)
            # Committed now; and the new one when this block ends.
            return numbers


def _is_new(old: Connection, new: Connection, shown: str) -> bool:
    """Whether the target is still empty; false where all is done already."""
    name, elsewhere, there = ledger_id(old), moved_to(old), ledger_id(new)
    if elsewhere not in (None, shown):
        raise Refused(f"This ledger was moved already, to {elsewhere}.", hint="Name that one in dispatch.toml.")
    if there is None:
        return True
    if elsewhere is not None and there == name:
        return False
    raise Refused(f"There is a ledger at {shown} already.", hint="Name a database that holds nothing yet.")


def _require_nobody_at_work(old: Connection) -> None:
    if old.scalar(select(worker.c.id).where(worker.c.ended_at.is_(None)).limit(1)) is not None:
        raise Refused(
            "A send is under way, so the ledger stays where it is.",
            hint="Wait for its end, or stop it (dispatch pause SLUG); then run the same command again.",
        )


def _copy(old: Connection, new: Connection, table: Table) -> int:
    rows = select(table).order_by(*table.primary_key).execution_options(yield_per=CHUNK)
    if table is meta:
        rows = rows.where(meta.c.key != MOVED_TO)  # said by a call that broke off, and of the file alone
    number = copy_into(new, table, old.execute(rows))
    counted = table.autoincrement_column
    if counted is not None:
        # The rows bring their ids along; the next one continues from there.
        following = select(func.coalesce(func.max(counted), 0) + 1).scalar_subquery()
        new.execute(select(func.setval(func.pg_get_serial_sequence(table.name, counted.name), following, False)))
    return number


def _number(connection: Connection, table: Table) -> int:
    return connection.scalars(select(func.count()).select_from(table)).one()


def _shut(origin: Database, old: Connection, shown: str) -> None:
    """Let nobody write into the file any more, whoever has it open."""
    if moved_to(old) is not None:  # by a call that broke off
        return
    old.execute(insert(meta).values(key=MOVED_TO, value=shown))
    quoted = origin.engine.dialect.identifier_preparer
    for table in metadata.sorted_tables:
        for verb in ("INSERT", "UPDATE", "DELETE"):
            old.exec_driver_sql(
                f"CREATE TRIGGER moved_{table.name}_{verb.lower()} BEFORE {verb} ON {quoted.format_table(table)} "
                f"BEGIN SELECT RAISE(ABORT, '{MOVED}'); END"
            )

"""The ledger's tables and its file: made by migrations, refused where it is damaged, foreign or too new."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from dispatch.errors import LedgerError
from dispatch.ledger import migrate, schema
from dispatch.ledger.founding import exists
from dispatch.ledger.ledger import Ledger
from support.books import NOW, open_ledger, sqlite_url
from support.postgresql import PostgreSQL


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """What makes a database that holds nothing, and tells its URL."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield lambda: sqlite_url(Path(mkdtemp(dir=tmp_path)))
            return
        server: PostgreSQL = request.getfixturevalue("postgresql")
        yield lambda: server.url(stack.enter_context(server.database(empty=True)))


@pytest.fixture
def nothing(empty: Callable[[], str]) -> str:
    """The URL of a database that holds nothing."""
    return empty()


def test_migrations_lead_to_exactly_the_tables_that_a_new_ledger_has(empty: Callable[[], str]) -> None:
    migrated, founded = empty(), empty()
    _migrate(migrated, "head")
    open_ledger(founded).close()
    assert _shape(founded) == _shape(migrated)
    assert "delivery" in _shape(founded)


def test_rows_that_are_settled_take_no_room_in_the_indexes_of_what_is_due(nothing: str) -> None:
    open_ledger(nothing).close()
    engine = create_engine(nothing)
    with engine.connect() as connection:
        indexes = {index["name"]: index["dialect_options"] for index in inspect(connection).get_indexes("delivery")}
    for name in ("ix_delivery_send_next", "ix_delivery_claim"):
        assert "IS NOT NULL" in str(indexes[name][f"{engine.dialect.name}_where"])
    engine.dispose()


def _migrate(url: str, revision: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def _shape(url: str) -> Mapping[str, object]:
    """All that a database tells of its tables."""
    engine = create_engine(url)
    with engine.connect() as connection:
        look = inspect(connection)
        shape = {
            table: {
                "columns": {
                    column["name"]: (str(column["type"]), column["nullable"], column["default"], column.get("comment"))
                    for column in look.get_columns(table)
                },
                "primary key": look.get_pk_constraint(table),
                "foreign keys": {str(key["name"]): str(key) for key in look.get_foreign_keys(table)},
                "unique": {
                    str(unique["name"]): unique["column_names"] for unique in look.get_unique_constraints(table)
                },
                "conditions": {check["name"]: check["sqltext"] for check in look.get_check_constraints(table)},
                "indexes": {
                    index["name"]: (index["column_names"], index["unique"], _texts(index["dialect_options"]))
                    for index in look.get_indexes(table)
                },
            }
            for table in look.get_table_names()
        }
    engine.dispose()
    return shape


def _texts(options: Mapping[str, object]) -> Mapping[str, str]:
    return {name: str(value) for name, value in options.items()}


def test_the_newest_migration_is_the_one_that_the_schema_names() -> None:
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    assert scripts.get_current_head() == schema.HEAD


def test_an_older_ledger_is_upgraded_with_what_it_holds(nothing: str) -> None:
    _migrate(nothing, "0001")
    engine = create_engine(nothing)
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO list (id, public_id, name) VALUES (1, :bytes, 'daily')",
            "INSERT INTO edition (id, public_id, slug, number, subject, sources, source_digest, document, created_at) "
            "VALUES (1, :bytes, 'first', 1, 'Subject', 'seeds/first.txt', '0', '{}', 0)",
            "INSERT INTO send (id, edition_id, list_id, frozen, created_at) VALUES (1, 1, 1, 'frozen', 0)",
            "INSERT INTO subscriber (id, public_id, address, address_key, address_hash, created_at) "
            "VALUES (1, :bytes, 'a@example.org', 'a@example.org', :bytes, 0)",
            "INSERT INTO delivery (edition_id, send_id, subscriber_id, state, created_at, updated_at) "
            "VALUES (1, 1, 1, 'queued', 0, 0)",
        ):
            connection.execute(text(statement), {"bytes": b"x"} if ":bytes" in statement else {})
    engine.dispose()
    with open_ledger(nothing) as ledger:
        edition = ledger.sends.edition("first")
        (send,) = ledger.sends.of_edition("first")
        assert ledger.sends.counts(send.id).total == 1
    assert edition is not None
    assert (edition.subject, edition.theme) == ("Subject", None)
    assert (send.stop, send.resume_at) == (None, None)


def test_asking_for_a_ledger_creates_none(nothing: str, tmp_path: Path) -> None:
    assert not exists(nothing)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
    open_ledger(nothing).close()
    assert exists(nothing)


def test_a_ledger_keeps_its_id_and_its_keys(ledger_url: str) -> None:
    with open_ledger(ledger_url) as first:
        before = (first.id, first.link_key().secret)
    with open_ledger(ledger_url) as second:
        assert (second.id, second.link_key().secret) == before


def test_keys_do_not_show_in_a_traceback(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        key = ledger.link_key()
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)


def test_a_newer_ledger_is_refused_with_the_way_out(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger, ledger._database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerError, match="newer Dispatch") as caught:
        open_ledger(ledger_url)
    assert "pip install -U" in str(caught.value.hint)


def test_a_file_that_is_no_ledger_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "dispatch.db").write_bytes(b"Dear readers, this is a letter and no database at all. " * 200)
    with pytest.raises(LedgerError, match="no ledger"):
        open_ledger(tmp_path)


def test_a_damaged_ledger_is_said_to_be_damaged(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.sync("daily", (), digest="d", now=NOW)
    file = tmp_path / "dispatch.db"
    whole = bytearray(file.read_bytes())
    whole[4096 : len(whole)] = b"\xff" * (len(whole) - 4096)
    file.write_bytes(whole)
    with pytest.raises(LedgerError, match="damaged") as caught:
        open_ledger(tmp_path)
    assert "backup" in str(caught.value.hint)


def test_a_locked_ledger_can_be_read_and_says_who_has_to_let_go(tmp_path: Path) -> None:
    open_ledger(tmp_path).close()
    other = sqlite3.connect(tmp_path / "dispatch.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with Ledger.open(f"sqlite:///{tmp_path / 'dispatch.db'}?timeout=0.05", now=NOW) as ledger:
            assert ledger.sends.slugs() == []
            with pytest.raises(LedgerError, match="Another program holds the ledger"):
                ledger.sync("daily", (), digest="d", now=NOW)
    finally:
        other.close()


def test_the_file_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "dispatch.db"
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE recipes (title TEXT)")
    other.commit()
    with pytest.raises(LedgerError, match="recipes"):
        open_ledger(tmp_path)
    assert [row[0] for row in other.execute("SELECT name FROM sqlite_master")] == ["recipes"]
    other.close()


def test_a_ledger_is_founded_while_another_process_does_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ledger(tmp_path).close()
    other = sqlite3.connect(tmp_path / "dispatch.db", isolation_level=None)
    other.execute("PRAGMA journal_mode = DELETE")  # as a ledger is whose tables were made this moment
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(time, "sleep", lambda seconds: other.rollback())
    open_ledger(tmp_path).close()
    other.close()


def test_every_commit_outlasts_a_power_cut(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger, ledger._database.writing() as connection:
        modes = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert modes == ["wal", 2], "2 is FULL: a commit is on the disk before the content goes"

"""The ledger's tables and its file: made by migrations, refused where it is damaged, foreign or too new."""

from __future__ import annotations

import re
import sqlite3
import time
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine, inspect, text

from dispatch.errors import LedgerError
from dispatch.ledger import migrate, schema
from dispatch.ledger.database import exists
from dispatch.ledger.ledger import Ledger
from support.books import NOW, open_ledger, sqlite_url
from support.postgresql import PostgreSQL


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def nothing(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that holds nothing."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.url(request.getfixturevalue("postgresql_empty"))


def test_migrations_build_exactly_the_schema(nothing: str) -> None:
    open_ledger(nothing).close()
    engine = create_engine(nothing)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        look = inspect(connection)
        indexes = {index["name"]: index["dialect_options"] for index in look.get_indexes("delivery")}
        where = f"{connection.dialect.name}_where"
        built = {
            check["name"]: _words(check["sqltext"])
            for table in schema.metadata.tables
            for check in look.get_check_constraints(table)
        }
    engine.dispose()
    for name in ("ix_delivery_send_next", "ix_delivery_claim"):
        assert "IS NOT NULL" in str(indexes[name][where]), "it would hold every row"
    assert built == {
        check.name: _words(str(check.sqltext))
        for table in schema.metadata.sorted_tables
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }


def _words(condition: str) -> list[str]:
    """The column of a condition and the texts that it names: what databases tell otherwise is the words between."""
    return [condition.partition("::")[0].split()[0], *re.findall(r"'(\w+)'", condition)]


def test_the_newest_migration_is_the_one_that_the_schema_names() -> None:
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    assert scripts.get_current_head() == schema.HEAD


def test_an_older_ledger_is_upgraded_with_what_it_holds(nothing: str) -> None:
    engine = create_engine(nothing)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
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
    assert list(tmp_path.iterdir()) == []
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

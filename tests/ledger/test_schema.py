"""The ledger's file: made by migrations, refused where it is damaged, foreign or too new."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from dispatch.errors import LedgerError
from dispatch.ledger import migrate, schema
from dispatch.ledger.database import exists
from dispatch.ledger.ledger import Ledger
from support.books import NOW, open_ledger


def test_migrations_build_exactly_the_schema(tmp_path: Path) -> None:
    open_ledger(tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path / 'dispatch.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        indexes = {index["name"]: index for index in inspect(connection).get_indexes("delivery")}
        checks = {
            row[0]
            for row in connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name IN ('delivery', 'send')")
        }
    engine.dispose()
    for name in ("ix_delivery_send_next", "ix_delivery_claim"):
        assert "IS NOT NULL" in str(indexes[name]["dialect_options"]["sqlite_where"]), "it would hold every row"
    built = "".join("".join(check.split()) for check in checks)
    for constraint in (*schema.delivery.constraints, *schema.membership.constraints):
        text = getattr(constraint, "sqltext", None)
        if text is not None and constraint.table is schema.delivery:
            assert "".join(str(text).split()) in built


def test_the_newest_migration_is_the_one_that_the_schema_names() -> None:
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    assert scripts.get_current_head() == schema.HEAD


def test_an_older_ledger_is_upgraded_with_what_it_holds(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dispatch.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql("INSERT INTO list (id, public_id, name) VALUES (1, x'00', 'daily')")
        connection.exec_driver_sql(
            "INSERT INTO edition (id, public_id, slug, number, subject, sources, source_digest, document, created_at) "
            "VALUES (1, x'01', 'first', 1, 'Subject', 'seeds/first.txt', '0', '{}', 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO send (id, edition_id, list_id, frozen, created_at) VALUES (1, 1, 1, 'frozen', 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO subscriber (id, public_id, address, address_key, address_hash, created_at) "
            "VALUES (1, x'02', 'a@example.org', 'a@example.org', x'03', 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO delivery (edition_id, send_id, subscriber_id, state, created_at, updated_at) "
            "VALUES (1, 1, 1, 'queued', 0, 0)"
        )
    engine.dispose()
    with open_ledger(tmp_path) as ledger:
        edition = ledger.sends.edition("first")
        (send,) = ledger.sends.of_edition("first")
        assert ledger.sends.counts(send.id).total == 1
    assert edition is not None
    assert (edition.subject, edition.theme) == ("Subject", None)
    assert (send.stop, send.resume_at) == (None, None)


def test_asking_for_a_ledger_creates_none(tmp_path: Path) -> None:
    assert not exists(f"sqlite:///{tmp_path / 'dispatch.db'}")
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_keeps_its_id_and_its_keys(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as first:
        before = (first.id, first.link_key().secret)
    with open_ledger(tmp_path) as second:
        assert (second.id, second.link_key().secret) == before


def test_keys_do_not_show_in_a_traceback(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        key = ledger.link_key()
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)


def test_a_newer_ledger_is_refused_with_the_way_out(tmp_path: Path) -> None:
    open_ledger(tmp_path).close()
    with sqlite3.connect(tmp_path / "dispatch.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(LedgerError, match="newer Dispatch") as caught:
        open_ledger(tmp_path)
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

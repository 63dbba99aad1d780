"""The ledger on a server: what is wrong with it or with what we know of it, and when it goes away."""

from __future__ import annotations

from collections.abc import Iterator
from os import dup
from socket import IPPROTO_TCP, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_USER_TIMEOUT, socket
from typing import Any

import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from dispatch.errors import LedgerError
from dispatch.ledger.founding import open_database
from dispatch.ledger.states import DeliveryState
from dispatch.ledger.sync import Person
from support.books import NOW, accepted, begun, bring_in, open_ledger, people, planned
from support.postgresql import PASSWORD, ROLE, PostgreSQL

pytestmark = pytest.mark.postgresql


def refused(url: str) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        open_ledger(url).close()
    assert PASSWORD not in str(caught.value)
    return caught.value


# -- what is wrong with the server, or with what we know of it ------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "options", "message", "hint"),
    [
        ({"password": "wrong"}, {}, "refuses the login", "~/.pgpass"),
        ({"password": None}, {}, "refuses the login", "PGPASSWORD"),
        ({"username": "nobody"}, {}, "refuses the login", "[ledger] url"),
        ({"database": "nowhere"}, {}, "does not exist", f"createdb --owner={ROLE} --encoding=UTF8"),
        ({"port": 1}, {}, "cannot be reached", "pg_isready --host=127.0.0.1 --port=1"),
        ({"host": "nowhere.invalid"}, {}, "cannot be reached", "pg_isready --host=nowhere.invalid"),
        ({"host": None, "port": None}, {"host": "/nowhere"}, "cannot be reached", "pg_isready --host=/nowhere"),
        ({}, {"sslmode": "require"}, "as its URL says", "sslmode"),
        ({}, {"sslmode": "no"}, "as its URL says", "sslmode"),
        ({}, {"colour": "red"}, "as its URL says", "?"),
    ],
)
def test_who_is_not_let_in_is_told_why_and_what_to_do(
    postgresql_url: str, change: dict[str, Any], options: dict[str, str], message: str, hint: str
) -> None:
    changed = make_url(postgresql_url)._replace(**change).update_query_dict(options)
    error = refused(changed.render_as_string(hide_password=False))
    assert message in error.message
    assert "psycopg" not in error.message
    assert error.hint is not None
    assert hint in error.hint


def test_a_password_among_the_options_is_not_shown(postgresql_url: str) -> None:
    wrong = make_url(postgresql_url)._replace(password=None).update_query_dict({"password": "hunter2"})
    error = refused(wrong.render_as_string(hide_password=False))
    assert "hunter2" not in str(error)
    assert "refuses the login" in error.message


def test_a_user_who_may_only_connect_is_told_which_command_gives_it_the_database(
    postgresql: PostgreSQL, postgresql_empty: str
) -> None:
    # As tutorials have it, and as was enough before PostgreSQL 15.
    names = {"database": sql.Identifier(postgresql_empty), "role": sql.Identifier(ROLE)}
    with postgresql.superuser(postgresql_empty) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {database} OWNER TO postgres").format(**names))
        connection.execute(sql.SQL("GRANT ALL PRIVILEGES ON DATABASE {database} TO {role}").format(**names))
        error = refused(postgresql.url(postgresql_empty))
        command = f"ALTER DATABASE {postgresql_empty} OWNER TO {ROLE}"
        assert error.hint is not None
        assert error.hint.endswith(command)
        connection.execute(command.encode())
    open_ledger(postgresql.url(postgresql_empty)).close()


@pytest.mark.parametrize("tables", [["event"], ["alembic_version", "recipes"]])
def test_the_database_of_another_program_is_left_as_it_is(
    postgresql: PostgreSQL, postgresql_empty: str, tables: list[str]
) -> None:
    with postgresql.superuser(postgresql_empty) as connection:
        for table in tables:
            connection.execute(sql.SQL("CREATE TABLE {} (version_num text)").format(sql.Identifier(table)))
        assert f"{', '.join(tables)}." in refused(postgresql.url(postgresql_empty)).message
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        assert [row[0] for row in found] == tables


def test_a_ledger_lives_beside_tables_that_are_called_otherwise(postgresql: PostgreSQL, postgresql_empty: str) -> None:
    with postgresql.superuser(postgresql_empty) as connection:
        connection.execute("CREATE TABLE recipes (title text)")
    open_ledger(postgresql.url(postgresql_empty)).close()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_name_is_refused_before_it_holds_any(
    postgresql: PostgreSQL, encoding: str
) -> None:
    with postgresql.database(empty=True, encoding=encoding) as name:
        error = refused(postgresql.url(name))
    assert encoding in error.message
    assert error.hint is not None
    assert "--encoding=UTF8" in error.hint


@pytest.mark.parametrize(("wanted", "kept"), [("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")])
def test_every_commit_outlasts_a_power_cut_whatever_the_databases_own_setting(
    postgresql: PostgreSQL, postgresql_database: str, postgresql_url: str, wanted: str, kept: str
) -> None:
    postgresql.configure(postgresql_database, "synchronous_commit", wanted)
    with open_ledger(postgresql_url) as ledger, ledger._database.writing() as writing:
        assert writing.exec_driver_sql("SHOW synchronous_commit").scalar() == kept


def test_a_stand_by_is_said_to_be_one(postgresql: PostgreSQL, postgresql_database: str, postgresql_url: str) -> None:
    postgresql.configure(postgresql_database, "default_transaction_read_only", "on")
    assert "takes no changes" in refused(postgresql_url).message


# -- when it goes away ----------------------------------------------------------------------------------------------


def test_a_list_that_the_server_drops_halfway_is_brought_in_the_next_time(
    postgresql: PostgreSQL, postgresql_database: str, postgresql_url: str
) -> None:
    def rows() -> Iterator[Person]:
        yield from people(f"r{number}" for number in range(3_000))
        with postgresql.superuser() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [postgresql_database]
            )
        yield from people(f"s{number}" for number in range(3_000))

    with open_ledger(postgresql_url) as ledger:
        bring_in(ledger, ["Ann"])
        with pytest.raises(LedgerError, match="not available") as caught:
            ledger.sync("daily", rows(), digest="d", now=NOW, may_shrink=True)
        assert "run the same command again" in str(caught.value.hint)
        assert ledger.people.active("daily") == 1
        assert ledger.sync("daily", people(["Ann", "Bob"]), digest="d", now=NOW).members == 2


@pytest.mark.parametrize("at_once", [True, False])
def test_a_server_that_goes_away_and_comes_back_has_lost_nothing(
    postgresql: PostgreSQL, postgresql_url: str, at_once: bool
) -> None:
    ledger, send = planned(postgresql_url, 2)
    with ledger:
        worker, (first, second) = begun(ledger, send.id, 2)
        ledger.work.commit(worker, [accepted(first)], [], now=NOW)
        with postgresql.down(at_once=at_once):
            with pytest.raises(LedgerError, match="not available"):
                ledger.work.commit(worker, [accepted(second)], [], now=NOW)
            assert "cannot be reached" in refused(postgresql_url).message
        counts = ledger.sends.counts(send.id)
        assert (counts[DeliveryState.ACCEPTED], counts[DeliveryState.SENDING]) == (1, 1)
        assert ledger.work.end(worker, now=NOW) == 1


def test_a_tables_lock_that_the_server_waits_for_no_longer_is_said_to_be_one(
    postgresql: PostgreSQL, postgresql_database: str, postgresql_url: str
) -> None:
    postgresql.configure(postgresql_database, "lock_timeout", "50ms")
    with (
        open_ledger(postgresql_url) as ledger,
        postgresql.superuser(postgresql_database) as other,
        other.transaction(),
    ):
        other.execute("LOCK TABLE suppression IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(LedgerError, match="Another program holds the ledger"):
            list(ledger.people.suppressions())


def test_a_server_that_falls_silent_is_given_up_within_half_a_minute_or_as_the_url_says(postgresql_url: str) -> None:
    def patience(url: str) -> tuple[float, float]:
        """Seconds until unanswered data, and an unanswered silence, end a connection, by the kernel's own count."""
        database = open_database(url)
        with database.reading() as connection:
            driver: Any = connection.connection.driver_connection
            with socket(fileno=dup(driver.fileno())) as wire:
                idle, every, tries, unanswered = (
                    wire.getsockopt(IPPROTO_TCP, option)
                    for option in (TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT)
                )
        database.close()
        return unanswered / 1000, idle + every * tries

    assert all(0 < seconds <= 30 for seconds in patience(postgresql_url))
    assert patience(f"{postgresql_url}?tcp_user_timeout=7000&keepalives_idle=100") == (7, 115)


def test_what_the_driver_itself_runs_into_is_told_as_well(postgresql_url: str) -> None:
    database = open_database(postgresql_url)

    def run(statement: str) -> None:
        with database.reading() as connection:
            driver: Any = connection.connection.driver_connection  # which lists are brought in with
            driver.execute(f"SET statement_timeout = '1ms'; {statement}")

    with pytest.raises(LedgerError, match="broke off what took long"):
        run("SELECT pg_sleep(60)")
    database.close()


def test_a_ledger_keeps_what_it_was_opened_with_out_of_a_traceback(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    with pytest.raises(Exception, match="nonsense") as caught, database.reading() as connection:
        connection.exec_driver_sql("SELECT nonsense WHERE %(secret)s <> ''", {"secret": "hunter2"})
    database.close()
    assert "hunter2" not in str(caught.value)

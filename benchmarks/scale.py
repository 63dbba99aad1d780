"""A million readers: reading their list, bringing it into the ledger, planning, the first message, and memory."""

from __future__ import annotations

import os
import random
import shutil
import socketserver
import sqlite3
import subprocess
import threading
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.measure import CommandFailed, Figure, Sample, interleaved, ratio, run, table
from benchmarks.workspace import DISPATCH, SEED, WORK, fresh_newsletter

SQLITE_UTILS = "sqlite-utils==4.2.1"
NAME = "readers"
SLUG = "canada-china"
MEBIBYTE = 1 << 20
NOW = 1_800_000_000.0

_GIVEN = ("anna", "bob", "carla", "dmitri", "eve", "farid", "grace", "hiro", "ines", "jonas", "kofi", "lena", "miguel")
_FAMILY = ("meyer", "smith", "garcia", "tanaka", "ivanov", "okafor", "rossi", "larsen", "dubois", "novak", "haddad")
_LARGE = ("gmail.com", "yahoo.com", "outlook.com", "hotmail.com", "icloud.com", "gmx.net", "web.de")


def report(rounds: int, readers: int) -> str:
    """All tables of this page, for a list of ``readers`` people in no order."""
    folder = fresh_newsletter("scale")
    file = folder / "subscribers" / f"{NAME}.csv"
    _write_list(file, readers)
    parts = [
        _reading(folder, file, rounds, readers),
        _first_message(folder, rounds, readers),
        _planning(folder, file, rounds, readers),
    ]
    return "\n\n".join(parts)


def _write_list(file: Path, readers: int, changed_every: int = 0) -> None:
    """People with addresses as they come: large providers, small companies, in no order; always the same ones."""
    chance = random.Random(7)
    domains = [*_LARGE, *(f"company{number}.example" for number in range(3_000))]
    chosen = chance.choices(domains, [3_000] * len(_LARGE) + [5] * 3_000, k=readers)
    with file.open("w", encoding="utf-8") as rows:
        rows.write("email,name\n")
        for number, domain in enumerate(chosen):
            given, family = chance.choice(_GIVEN), chance.choice(_FAMILY)
            name = "Changed" if changed_every and number % changed_every == 0 else f"{given.title()} {family.title()}"
            rows.write(f"{given}.{family}{chance.randrange(10**7)}.{number}@{domain},{name}\n")


# -- reading ----------------------------------------------------------------------------------------------------------


def _reading(folder: Path, file: Path, rounds: int, readers: int) -> str:
    utils, into = _sqlite_utils(), WORK / "sqlite-utils.db"

    def insert() -> Sample:
        into.unlink(missing_ok=True)
        return run([utils, "insert", into, "t", file, "--csv"])

    samples = interleaved(rounds, dispatch=lambda: run([*DISPATCH, "lists", "check", NAME], cwd=folder), utils=insert)
    ours, theirs = samples["dispatch"], samples["utils"]
    rows = [
        _process("`dispatch lists check`: every address checked, who is named twice found", ours, theirs),
        _process(f"`sqlite-utils insert --csv` ({SQLITE_UTILS.partition('==')[2]}): nothing checked", theirs, theirs),
    ]
    return table([f"{readers:,} rows, whole process", "time", "CPU", "peak memory", "time beside"], rows)


def _process(name: str, taken: list[Sample], beside: list[Sample]) -> list[str]:
    seconds = [sample.seconds for sample in taken]
    return [
        name,
        Figure.of(seconds).show("s", 1, 1),
        Figure.of([sample.cpu for sample in taken]).show("s", 1, 1),
        f"{max(sample.peak for sample in taken) / MEBIBYTE:,.0f} MiB",
        ratio(seconds, [sample.seconds for sample in beside]).show("×", 1, 2),
    ]


def _sqlite_utils() -> Path:
    """The ``sqlite-utils`` command, in a virtual environment of its own in the ignored folder."""
    folder = WORK / SQLITE_UTILS
    command = folder / "bin" / "sqlite-utils"
    if not command.exists():
        venv.create(folder, with_pip=True)
        run([folder / "bin" / "python", "-m", "pip", "--quiet", "install", SQLITE_UTILS])
    return command


# -- the first message ------------------------------------------------------------------------------------------------


def _first_message(folder: Path, rounds: int, readers: int) -> str:
    command = ["send", SEED, "--slug", SLUG, "--list", NAME, "--limit", "1", "--yes"]
    with _server() as server:
        env = {"DISPATCH_SMTP_URL": f"smtp://127.0.0.1:{server.server_address[1]}"}
        # Brings the list in and plans; what follows finds all of that done.
        whole = _to_first_message(command, folder, env, server)
        times = [_to_first_message(command, folder, env, server) for _ in range(rounds)]
    status = [run([*DISPATCH, "status", SLUG], cwd=folder) for _ in range(rounds)]
    rows = [
        ["a new list: read it, bring it in, plan, first message", f"{whole:,.1f} s", ""],
        ["a planned send: first message", Figure.of(times).show("s", 1, 2), ""],
        [
            "`dispatch status` of the send",
            Figure.of([sample.seconds for sample in status]).show("s", 1, 2),
            f"{max(sample.peak for sample in status) / MEBIBYTE:,.0f} MiB",
        ],
    ]
    return table([f"{readers:,} readers, from Enter to", "time", "peak memory"], rows)


class _Server(socketserver.ThreadingTCPServer):
    """Says when the first message begins, and refuses it for now, so that the send stays as it was."""

    daemon_threads = True
    first: threading.Event


class _Dialogue(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"MAIL":
                assert isinstance(self.server, _Server)
                self.server.first.set()
            self.wfile.write({b"DATA": b"451 4.3.0 later\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n"))
            if verb == b"QUIT":
                return


@contextmanager
def _server() -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Dialogue) as server:
        server.first = threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def _to_first_message(command: list[str], folder: Path, env: dict[str, str], server: _Server) -> float:
    """Seconds from the start of ``dispatch …`` to its first MAIL; the command then ends by itself."""
    server.first.clear()
    began = time.perf_counter()
    with subprocess.Popen(
        [*DISPATCH, *command],
        cwd=folder,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        seen = server.first.wait(600)
        seconds = time.perf_counter() - began
        said, _ = process.communicate()
    if not seen:
        raise CommandFailed(f"no message came: {said}")
    return seconds


# -- the ledger -------------------------------------------------------------------------------------------------------


def _planning(folder: Path, file: Path, rounds: int, readers: int) -> str:
    changed = folder / "changed.csv"
    _write_list(changed, readers, changed_every=100)
    base, copy = folder / "base.db", folder / "copy.db"
    new, same, other, ours, bare = [], [], [], [], []
    for _ in range(rounds):
        _remove(base)
        new.append(_timed(lambda: _sync(base, file, "1")))
        ours.append(_on_copy(base, copy, lambda: _plan(copy)))
        bare.append(_on_copy(base, copy, lambda: _bare(copy)))
        same.append(_timed(lambda: _sync(base, file, "2")))
        other.append(_timed(lambda: _sync(base, changed, "3")))
    rows = [
        ["read and bring in a list: all are new", Figure.of(new).show("s", 1, 1), ""],
        ["bring it in again: nobody changed", Figure.of(same).show("s", 1, 1), ""],
        ["bring it in again: one in a hundred changed", Figure.of(other).show("s", 1, 1), ""],
        ["plan a send to it", Figure.of(ours).show("s", 1, 1), ratio(ours, bare).show("×", 1, 2)],
        ["the bare `INSERT … SELECT` of the same rows", Figure.of(bare).show("s", 1, 1), "1.00 ×"],
    ]
    return table([f"{readers:,} readers", "time", "beside"], rows)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _on_copy(base: Path, copy: Path, work: Callable[[], object]) -> float:
    _remove(copy)
    shutil.copy(base, copy)
    return _timed(work)


def _remove(database: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        Path(f"{database}{ending}").unlink(missing_ok=True)


def _sync(database: Path, file: Path, digest: str) -> None:
    # Imported here and in _plan(), which come last: what this process holds counts as its children's peak.
    from dispatch.audience.files import Row, open_list
    from dispatch.ledger.ledger import Ledger
    from dispatch.ledger.sync import Person

    rows = open_list(file, NAME).rows()
    people = (Person(row.address, row.key, row.fields) for row in rows if isinstance(row, Row))
    with Ledger.open(f"sqlite:///{database}", now=NOW) as ledger:
        ledger.sync(NAME, people, digest=digest, now=NOW)


def _plan(database: Path) -> None:
    from dispatch.ledger.ledger import Ledger
    from dispatch.ledger.sends import NewEdition

    with Ledger.open(f"sqlite:///{database}", now=NOW) as ledger:
        edition = NewEdition("first", 1, "Subject", "first.txt", "0" * 64, "{}")
        ledger.sends.plan(edition, NAME, "frozen", except_slug=None, now=NOW)


def _bare(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "INSERT INTO edition (id, public_id, slug, number, subject, sources, source_digest, document, created_at) "
            "VALUES (1, x'00', 'first', 1, '', '', '', '', 0)"
        )
        connection.execute("INSERT INTO send (id, edition_id, list_id, frozen, created_at) VALUES (1, 1, 1, '', 0)")
        connection.execute(
            "INSERT INTO delivery (edition_id, send_id, subscriber_id, state, created_at, updated_at) "
            "SELECT 1, 1, subscriber_id, 'queued', 0, 0 FROM membership WHERE list_id = 1 AND status = 'active'"
        )
        connection.execute("COMMIT")

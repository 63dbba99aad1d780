"""``dispatch cron``: one line of ours in a crontab, proven in cron's environment, all else as it was."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from support.certificates import certificates
from support.newsroom import Newsroom
from support.postgresql import PASSWORD, PostgreSQL
from support.real_parts import require_program
from support.smtp_server import Features, SmtpServer

FAKE = """#!/bin/sh
# What crontab(1) does, with the table in a file.
table="{table}"
case "$1" in
-l) if [ -f "$table" ]; then cat "$table"; else echo "no crontab for me" >&2; exit 1; fi ;;
-) cat > "$table" ;;
*) exit 2 ;;
esac
"""
OTHERS = b"MAILTO=desk@example.org\n# my own jobs\n\n15 3 * * *\tbackup  # dispatch: elsewhere\n"


class Crontab:
    """A user's crontab behind a program of that name."""

    def __init__(self, folder: Path) -> None:
        self.table = folder / "table"
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        program = self.bin / "crontab"
        program.write_text(FAKE.format(table=self.table))
        program.chmod(0o755)

    def for_room(self, room: Newsroom, **more: str) -> Newsroom:
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        return replace(room, environment={**room.environment, "PATH": path, **more})

    @property
    def lines(self) -> list[str]:
        return self.table.read_text().splitlines()


@pytest.fixture
def crontab(tmp_path: Path) -> Crontab:
    return Crontab(tmp_path / "cron")


@pytest.fixture
def room(tmp_path: Path, server: SmtpServer, crontab: Crontab) -> Newsroom:
    return crontab.for_room(Newsroom.make(tmp_path / "a 100% room", f"smtp://127.0.0.1:{server.port}"))


def as_cron(line: str) -> subprocess.CompletedProcess[str]:
    """Run a crontab line as cron does: five fields off, ``\\%`` is ``%``, /bin/sh, almost no environment."""
    command = line.split(maxsplit=5)[5].replace("\\%", "%")
    environment = {"HOME": str(Path.home()), "LOGNAME": "me", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        ["/bin/sh", "-c", command], env=environment, cwd="/", capture_output=True, text=True, check=False
    )


def test_install_proves_the_login_and_leaves_one_line_that_works(
    room: Newsroom, server: SmtpServer, crontab: Crontab
) -> None:
    done = room.run("cron", "install")
    assert done.returncode == 0, done.stderr
    assert server.connections == 1
    assert "QUIT" in server.commands
    (line,) = crontab.lines
    assert line in done.stdout
    assert line.endswith(f"# dispatch: {room.folder}".replace("%", "\\%"))
    ran = as_cron(line)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert (room.folder / ".dispatch" / "dispatch.db").exists(), "the line did run in the workspace"


def test_installing_again_changes_nothing_and_mends_a_line_that_was_changed(room: Newsroom, crontab: Crontab) -> None:
    room.run("cron", "install")
    once = crontab.table.read_bytes()
    assert "installed already" in room.run("cron", "install").stdout
    assert crontab.table.read_bytes() == once
    old = crontab.lines[0].replace("* * * * *", "*/5 * * * *").replace("run-due", "run-due --old")
    crontab.table.write_text(f"{old}\n{OTHERS.decode()}{old}\n")
    assert room.run("cron", "install").returncode == 0
    assert crontab.table.read_bytes() == once + OTHERS


def test_other_lines_stay_byte_for_byte(room: Newsroom, crontab: Crontab) -> None:
    before = OTHERS + b"@daily caf\xe9 \\% x\n"
    crontab.table.write_bytes(before)
    assert room.run("cron", "install").returncode == 0
    assert crontab.table.read_bytes().startswith(before)
    assert len(crontab.table.read_bytes().splitlines()) == len(before.splitlines()) + 1
    assert room.run("cron", "remove").returncode == 0
    assert crontab.table.read_bytes() == before


def test_two_newsletters_are_installed_side_by_side(
    tmp_path: Path, room: Newsroom, server: SmtpServer, crontab: Crontab
) -> None:
    # One folder's name ends like the other's path begins, and one lies inside the other.
    other = crontab.for_room(Newsroom.make(room.folder / "second", f"smtp://127.0.0.1:{server.port}"))
    assert room.run("cron", "install").returncode == 0
    assert other.run("cron", "install").returncode == 0
    assert len(crontab.lines) == 2
    assert crontab.lines[1] in other.run("cron", "show").stdout
    assert room.run("cron", "remove").returncode == 0
    assert "second" in crontab.lines[0]
    assert "does not send this newsletter" in room.run("cron", "show").stdout


def test_removing_what_is_not_there_changes_nothing(room: Newsroom, crontab: Crontab) -> None:
    crontab.table.write_bytes(OTHERS)
    done = room.run("cron", "remove")
    assert done.returncode == 0
    assert crontab.table.read_bytes() == OTHERS


@pytest.mark.parametrize(
    ("variable", "secret"),
    [
        ("DISPATCH_SMTP_PASSWORD", 'smtp_password = "s3cret"\n'),
        ("DISPATCH_SMTP_PASSWORD_LOCALHOST", '[smtp_password]\nlocalhost = "s3cret"\n'),
    ],
)
def test_a_password_that_only_the_shell_knows_is_refused_with_the_remedy(
    tmp_path: Path, crontab: Crontab, variable: str, secret: str
) -> None:
    with SmtpServer(Features(auth=("me", "s3cret"), tls="good")) as server:
        made = Newsroom.make(tmp_path / "room", f"smtps://me@localhost:{server.port}")
        toml = made.folder / "dispatch.toml"
        toml.write_text(toml.read_text() + f'ca_file = "{certificates().ca_file}"\n')
        room = crontab.for_room(made, **{variable: "s3cret"})
        assert room.run("run-due", "--check").returncode == 0
        refused = room.run("cron", "install")
        assert refused.returncode == 2
        assert f"{variable} is set in your shell" in refused.stderr
        assert ".dispatch/secrets.toml" in refused.stderr
        assert secret.partition("\n")[0].partition(" ")[0] in refused.stderr
        assert "s3cret" not in refused.stderr + refused.stdout
        assert not crontab.table.exists()
        state = made.folder / ".dispatch"
        state.mkdir(exist_ok=True)
        secrets = state / "secrets.toml"
        secrets.write_text(secret)
        secrets.chmod(0o600)
        assert room.run("cron", "install").returncode == 0


@pytest.mark.postgresql
def test_a_ledgers_password_that_only_the_shell_knows_is_refused_with_the_remedy(
    tmp_path: Path, server: SmtpServer, crontab: Crontab, postgresql: PostgreSQL, postgresql_database: str
) -> None:
    smtp, ledger = f"smtp://127.0.0.1:{server.port}", postgresql.address(postgresql_database)
    made = Newsroom.make(tmp_path / "room", smtp, ledger=ledger)
    room = crontab.for_room(made, PGPASSWORD=PASSWORD)
    assert room.run("run-due", "--check").returncode == 0
    refused = room.run("cron", "install")
    assert refused.returncode == 2
    assert "PGPASSWORD is set in your shell" in refused.stderr
    assert "~/.pgpass" in refused.stderr
    assert PASSWORD not in refused.stderr + refused.stdout
    assert not crontab.table.exists()
    crontab.table.write_text(f"PGPASSFILE={tmp_path / 'passwords'}\n")
    (tmp_path / "passwords").write_text(f"127.0.0.1:{postgresql.port}:*:dispatch:{PASSWORD}\n")
    (tmp_path / "passwords").chmod(0o600)
    assert room.run("cron", "install").returncode == 0


def test_what_the_crontab_itself_sets_counts(tmp_path: Path, crontab: Crontab) -> None:
    with SmtpServer() as server:
        room = crontab.for_room(Newsroom.make(tmp_path / "room", "smtp://127.0.0.1:9"))
        assert room.run("cron", "install").returncode == 2
        crontab.table.write_text(f'DISPATCH_SMTP_URL = "smtp://127.0.0.1:{server.port}"\n')
        assert room.run("cron", "install").returncode == 0
        assert server.connections == 1


def test_a_server_that_is_not_there_is_refused(tmp_path: Path, crontab: Crontab) -> None:
    room = crontab.for_room(Newsroom.make(tmp_path / "room", "smtp://127.0.0.1:9"))
    refused = room.run("cron", "install")
    assert refused.returncode == 2
    assert "127.0.0.1:9" in refused.stderr
    assert not crontab.table.exists()


def test_without_a_crontab_program_the_way_to_one_is_named(room: Newsroom, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = replace(room, environment={**room.environment, "PATH": str(empty)}).run("cron", "show")
    assert done.returncode == 1
    assert "apt-get install cron" in done.stderr


def test_a_user_who_may_not_use_cron_is_told_so(room: Newsroom, crontab: Crontab) -> None:
    denial = "#!/bin/sh\necho 'You (me) are not allowed to use this program (crontab)' >&2\nexit 1\n"
    (crontab.bin / "crontab").write_text(denial)
    done = room.run("cron", "install")
    assert done.returncode == 1
    assert "not allowed" in done.stderr


def test_debians_own_crontab_takes_the_line(room: Newsroom) -> None:
    program = require_program("crontab", "apt-get install cron")
    if subprocess.run([program, "-l"], capture_output=True, check=False).stdout.strip():
        pytest.skip("this user has a crontab of their own; run this test as a user without one")
    real = replace(room, environment={**room.environment, "PATH": os.environ["PATH"]})
    try:
        assert real.run("cron", "install").returncode == 0
        assert "run-due" in real.run("cron", "show").stdout
        assert real.run("cron", "remove").returncode == 0
        listed = subprocess.run([program, "-l"], capture_output=True, text=True, check=False)
        assert "dispatch" not in listed.stdout
    finally:
        subprocess.run([program, "-r"], capture_output=True, check=False)

"""From ``subscribers/NAME.csv`` to the ledger's list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import click

from dispatch.audience.files import BadRow, ListFile, list_file_path, open_list
from dispatch.cli.asking import confirm_shrunk
from dispatch.cli.files import shown
from dispatch.cli.wording import many
from dispatch.config.settings import Settings
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sync import Person

SHOWN = 5


@dataclass(slots=True)
class Reader:
    """Reads a list file as people, and keeps what it could not read."""

    file: ListFile
    rejected: int = 0
    shown: list[BadRow] = field(default_factory=list)

    @property
    def fields(self) -> frozenset[str]:
        """What ``recipient.…`` may name."""
        return frozenset({"email", *self.file.columns})

    def people(self) -> Iterator[Person]:
        """Everyone the file names whom mail can reach; bad rows are counted and passed over."""
        self.rejected, self.shown = 0, []
        for row in self.file.rows():
            if isinstance(row, BadRow):
                self.rejected += 1
                if len(self.shown) < SHOWN:
                    self.shown.append(row)
            else:
                yield Person(row.address, row.key, row.fields)

    def report_rejected(self) -> None:
        """Say which rows name nobody, on stderr."""
        name = shown(self.file.path)
        for row in self.shown:
            click.echo(f"{name}:{row.line}: rejected {row.raw!r}: {row.reason}", err=True)
        if self.rejected > len(self.shown):
            more = many(self.rejected - len(self.shown), "more row")
            click.echo(f"… and {more}; see them all: dispatch lists check {self.file.name}", err=True)


def open_reader(settings: Settings, list_name: str) -> Reader:
    """The list's file; raises :class:`~dispatch.errors.ListError` where it cannot be used as one."""
    return Reader(open_list(list_file_path(settings.subscribers, list_name), list_name))


def bring_in(ledger: Ledger, reader: Reader, *, yes: bool, now: datetime) -> None:
    """Make the ledger's list what the file says; a file that did not change is not read again."""
    name, digest = reader.file.name, reader.file.digest
    if ledger.people.synced_digest(name) == digest:
        return
    stamp = now.timestamp()
    report = ledger.sync(name, reader.people(), digest=digest, now=stamp)
    reader.report_rejected()
    if report.shrunk:
        confirm_shrunk(name, report.before, report.left, yes=yes)
        report = ledger.sync(name, reader.people(), digest=digest, now=stamp, may_shrink=True)
    changes = [
        f"{number:,} {what}"
        for number, what in (
            (report.joined, "joined"),
            (report.left, "left"),
            (report.kept_out, "stay unsubscribed"),
            (report.duplicates, "named twice"),
            (reader.rejected, "rejected"),
        )
        if number
    ]
    click.echo(f"List {name}: {many(report.members, 'reader')} ({', '.join(changes) or 'no change'})")

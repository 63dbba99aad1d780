"""What ``dispatch doctor`` sees without asking anyone: settings, keys, lists, ledger, cron."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from dispatch.audience.files import list_names
from dispatch.cli.audience import open_reader
from dispatch.cli.files import shown
from dispatch.cli.ledgers import open_existing
from dispatch.cli.mailing import require_sendable
from dispatch.cli.signing import pem_of, signing_keys, unusable
from dispatch.cli.wording import many
from dispatch.config.secrets import ledger_url
from dispatch.config.settings import DkimSettings, Settings
from dispatch.doctor.finding import Finding, Section
from dispatch.errors import DispatchError, Place
from dispatch.preflight.finding import Severity
from dispatch.preflight.identity import placeholders


def look_around(settings: Settings, lists: Sequence[str | None], now: datetime) -> Iterator[Finding]:
    """The findings about ``lists``' settings, ``None`` for the newsletter's own, and about what they all share."""
    for name in lists:
        yield from _sender(settings, name)
    for one in settings.dkim:
        yield _key(settings, one)
    yield from _lists(settings, [name for name in lists if name is not None] if None not in lists else None)
    yield _ledger(settings, now)
    yield from _cron(settings)


def _sender(settings: Settings, name: str | None) -> Iterator[Finding]:
    newsletter = settings.for_list(name)
    try:
        require_sendable(newsletter, name or newsletter.name)
        signing_keys(settings, name)
    except DispatchError as error:
        yield _trouble("sender", error)
        return
    assert newsletter.sender is not None
    made_up = list(placeholders(newsletter))
    for said, mend in made_up:
        yield Finding("sender-placeholder", Section.SETTINGS, Severity.WARNING, said, mend)
    if not made_up:
        yield _well("sender", f"{newsletter.sender.address} sends{f' to list {name}' if name else ''}.")


def _key(settings: Settings, one: DkimSettings) -> Finding:
    from dispatch.message.dkim_keys import BadKey, described

    try:
        kind = described(pem_of(one))
    except BadKey as error:
        return _trouble("key", unusable(one, error))
    except DispatchError as error:
        return _trouble("key", error)
    selector, _, rest = one.key.name.partition(".")
    if one.key.parent == settings.state / "dkim" and (selector, rest) != (one.selector, f"{one.domain}.pem"):
        said = f"{shown(one.key)} was made for another name than {one.selector}._domainkey.{one.domain}."
        mend = "Name the key that belongs to this selector and domain in [[dkim]]: dispatch dkim record"
        return _trouble("key-name", DispatchError(said, place=one.place, hint=mend), Severity.WARNING)
    return _well("key", f"{shown(one.key)} is {kind}, and signs as {one.domain}.")


def _lists(settings: Settings, wanted: Sequence[str] | None) -> Iterator[Finding]:
    for name in wanted if wanted is not None else list_names(settings.subscribers):
        try:
            reader = open_reader(settings, name)
            readers = sum(1 for _ in reader.people())
        except DispatchError as error:
            yield _trouble("list", error)
            continue
        if reader.rejected:
            said = f"{many(reader.rejected, 'row')} of list {name} can get no mail; {readers:,} can."
            yield Finding(
                "list-rows", Section.SETTINGS, Severity.WARNING, said, f"See which: dispatch lists check {name}"
            )
        else:
            yield _well("list", f"List {name} has {many(readers, 'row')} that can be mailed.")


def _ledger(settings: Settings, now: datetime) -> Finding:
    from dispatch.ledger.database import sqlite_file

    file = sqlite_file(ledger_url(settings).reveal())
    try:
        ledger = open_existing(settings, now)
    except DispatchError as error:
        return _trouble("ledger", error)
    if ledger is None:
        return _well("ledger", "There is no ledger yet; the first send makes it.")
    with ledger:
        closed = [each for each in (file, file.parent) if not os.access(each, os.W_OK)] if file is not None else []
        if closed:
            said = f"{shown(closed[0])} cannot be written, and what cannot be recorded is not sent."
            return Finding("ledger", Section.SETTINGS, Severity.ERROR, said, f"ls -ld {shown(closed[0])}")
        return _well("ledger", f"The ledger is {ledger.id}.")


def _cron(settings: Settings) -> Iterator[Finding]:
    from dispatch.cli import crontab

    try:
        lines = crontab.installed(crontab.read(), settings.root)
    except DispatchError as error:
        if settings.schedules:
            yield _trouble("cron", error, Severity.WARNING)
        return
    if lines:
        yield _well("cron", "Cron sends what is due.")
    elif settings.schedules:
        said = "dispatch.toml has a [[schedule]], and cron does not run it on this machine."
        yield Finding(
            "cron", Section.SETTINGS, Severity.WARNING, said, "Unless another machine does: dispatch cron install"
        )


def _well(check: str, message: str) -> Finding:
    return Finding(check, Section.SETTINGS, None, message)


def _trouble(check: str, error: DispatchError, severity: Severity = Severity.ERROR) -> Finding:
    place = error.place
    where = f"{Place(shown(Path(place.file)), place.line)}: " if place is not None else ""
    return Finding(check, Section.SETTINGS, severity, f"{where}{error.message}", error.hint or "")

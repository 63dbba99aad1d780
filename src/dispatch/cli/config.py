"""``dispatch config``: what is in force, and where each value came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from dispatch.cli.workspace import settings_of
from dispatch.config.schema import Key, Shape, Table, table
from dispatch.config.settings import (
    Feedback,
    Logo,
    MaildirTarget,
    QuietHours,
    Relays,
    Sender,
    Settings,
    StandingSponsor,
)

PASSWORD = "password"


Value = str | int | float | list[str] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: ``value`` is ``None``, a number, text, or several texts; ``origin`` says where it came from."""

    heading: str
    path: str
    name: str
    value: Value
    origin: str

    @property
    def dotted(self) -> str:
        return f"{self.path}.{self.name}"


@click.command(epilog="\b\nExamples:\n  dispatch config\n  dispatch config --json")
@click.option("--json", "as_json", is_flag=True, help="Print the same as JSON.")
@click.pass_context
def config(ctx: click.Context, as_json: bool) -> None:
    """Show the settings in force, and where each value came from.

    That is a line of dispatch.toml, a variable of the environment, another setting, or the default. Passwords are
    never shown, only where they would come from.
    """
    settings = settings_of(ctx)
    entries = list(in_force(settings))
    if as_json:
        values = {entry.dotted: {"value": entry.value, "origin": entry.origin} for entry in entries}
        file = str(settings.file) if settings.file else None
        shown = {"file": file, "root": str(settings.root), "settings": values}
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        click.echo(str(settings.file or "No dispatch.toml here or above: these are the defaults."))
        _print(entries)


def _print(entries: list[Entry]) -> None:
    names = max(len(entry.name) for entry in entries)
    origins = max(len(entry.origin) for entry in entries)  # before the values: those may be of any length
    heading = ""
    for entry in entries:
        if entry.heading != heading:
            heading = entry.heading
            click.echo(f"\n{heading}")
        click.echo(f"  {entry.name:<{names}}  {entry.origin:<{origins}}  {_text(entry.value)}")


def _text(value: Value) -> str:
    if value is None:
        return "not set"
    if isinstance(value, list):
        return ", else ".join(value)
    if value == "":
        return '""'
    return " / ".join(value.splitlines()) if isinstance(value, str) else f"{value:g}"


def in_force(settings: Settings) -> Iterator[Entry]:
    """Every value by the schema, table by table; the password as where it would come from."""
    newsletter, sender = settings.newsletter, settings.newsletter.sender
    yield from _entries(settings, table("newsletter"), "newsletter", _attributes(newsletter))
    sending = {
        "name": sender.name if sender else None,
        "address": sender.address if sender else None,
        "reply_to": newsletter.reply_to,
        "unsubscribe": newsletter.way_out,
        "bounce_domain": newsletter.bounce_domain,
    }
    yield from _entries(settings, table("sender"), "sender", sending)
    yield from _entries(settings, table("smtp"), "smtp", _attributes(settings.smtp) | {"url": settings.smtp.target})
    yield from _passwords(settings)
    for number, key in enumerate(settings.dkim, start=1):
        yield from _entries(settings, table("dkim"), f"dkim.{number}", _attributes(key))
    yield from _entries(settings, table("ledger"), "ledger", _attributes(settings.ledger))
    yield from _pace(settings)
    yield from _entries(settings, table("assets"), "assets", _attributes(settings.assets))
    checked = {name: ", ".join(rules) or None for name, rules in _attributes(settings.check).items()}
    yield from _entries(settings, table("check"), "check", checked)
    for name, listed in settings.lists.items():
        yield from _entries(settings, table("lists"), f"lists.{name}", _attributes(listed))
    for number, schedule in enumerate(settings.schedules, start=1):
        yield from _entries(settings, table("schedule"), f"schedule.{number}", _attributes(schedule))


def _pace(settings: Settings) -> Iterator[Entry]:
    """The tables about pace and retries; each as the file has it, days and minutes included."""
    throttle, warmup = settings.throttle, settings.throttle.warmup
    whole = _attributes(throttle.limits) | {"quiet_hours": throttle.quiet_hours}
    yield from _entries(settings, table("throttle"), "throttle", whole)
    for domain, limits in throttle.domains.items():
        yield from _entries(settings, table("domains"), f"domains.{domain}", _attributes(limits))
    for host, relay in throttle.relays.items():
        taken = _attributes(relay.limits) | {"connections": relay.connections}
        yield from _entries(settings, table("relays"), f"relays.{host}", taken)
    growing = _attributes(warmup) if warmup is not None else {"start": None, "factor": None, "ceiling": None}
    yield from _entries(settings, table("warmup"), "warmup", growing)
    retry = {
        "intervals": ", ".join(f"{seconds / 60:g}" for seconds in settings.retry.intervals),
        "give_up_after_days": settings.retry.give_up_after / 86_400,
    }
    yield from _entries(settings, table("retry"), "retry", retry)


def _attributes(values: object) -> dict[str, Any]:
    return {name: getattr(values, name) for name in type(values).__dataclass_fields__}  # type: ignore[attr-defined]


def _entries(settings: Settings, schema: Table, path: str, values: dict[str, Any]) -> Iterator[Entry]:
    heading = f"[[{schema.name}]]" if schema.shape is Shape.EACH else f"[{path}]"
    if schema.shape is Shape.EACH:
        heading += f" {path.rpartition('.')[2]}"
    for key in schema.keys:
        dotted = f"{path}.{key.name}"
        value = _plain(key, values[key.name])
        yield Entry(heading, path, key.name, value, _origin(settings, key, dotted, value))


def _origin(settings: Settings, key: Key, dotted: str, value: object) -> str:
    where = settings.origins[dotted].where
    return key.inherits if where == "default" and key.inherits and value is not None else where


def _plain(key: Key, value: Any) -> Value:
    if isinstance(value, Relays):
        return [str(relay) for relay in value.each] if len(value.each) > 1 else str(value)
    if value is None:
        return key.default if isinstance(key.default, str) else None
    if isinstance(value, Sender):
        return f"{value.name} <{value.address}>"
    if isinstance(value, Logo | Feedback | StandingSponsor):
        return ", ".join(_shown(getattr(value, name)) for name in _attributes(value) if getattr(value, name))
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {url}" for name, url in value.items()) or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, ZoneInfo | MaildirTarget | QuietHours | Path):
        return str(value)
    assert isinstance(value, str | int | float)
    return value


def _shown(value: object) -> str:
    return " / ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _passwords(settings: Settings) -> Iterator[Entry]:
    """Where each server's password would come from; where several log in, by the server's name."""
    from dispatch.config.secrets import smtp_password_origin

    target = settings.smtp.target
    log_in = [relay for relay in target.each if relay.user] if isinstance(target, Relays) else []
    for relay in log_in:
        origin = smtp_password_origin(settings, relay)
        name = f"{PASSWORD} for {relay.user}@{relay.host}" if len(log_in) > 1 else PASSWORD
        yield Entry("[smtp]", "smtp", name, "****" if origin else None, f"set by {origin}" if origin else "not set")
    if not log_in:
        yield Entry("[smtp]", "smtp", PASSWORD, None, "not set")

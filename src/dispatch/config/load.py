"""``dispatch.toml`` and the environment → one frozen :class:`Settings`; everything wrong is said at once, by line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dispatch.config.document import FILE_NAME, Document, find_file, read_document
from dispatch.config.keys import Path as KeyPath
from dispatch.config.schema import TABLES, Key, Shape, Table, table
from dispatch.config.settings import (
    AssetsSettings,
    CheckSettings,
    DkimSettings,
    LedgerSettings,
    Newsletter,
    Origin,
    ScheduleSettings,
    Sender,
    Settings,
    SmtpSettings,
)
from dispatch.config.throttles import retry_settings, throttle_settings
from dispatch.config.values import LIST, BadValue, Kind
from dispatch.errors import ConfigError, Place

Values = dict[str, Any]


def load_settings(workspace: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of ``workspace``, or of the nearest folder upwards with a ``dispatch.toml``; else the defaults.

    Raises one :class:`ConfigError` that names everything wrong.
    """
    file = find_file(workspace)
    root = file.parent if file else Path.cwd()
    reading = _Reading(read_document(file), root, environ)
    reading.check_tables()
    settings = _settings(reading, root, file)
    reading.raise_problems()
    return settings


def _settings(reading: _Reading, root: Path, file: Path | None) -> Settings:
    newsletter = _newsletter(reading)
    lists = {name: _for_list(reading, name, newsletter) for name in reading.names("lists")}
    smtp = reading.table("smtp", ("smtp",))
    ledger = reading.table("ledger", ("ledger",))
    return Settings(
        root=root,
        newsletter=newsletter,
        smtp=SmtpSettings(target=smtp.pop("url"), **smtp),
        ledger=LedgerSettings(**ledger),
        assets=AssetsSettings(**reading.table("assets", ("assets",))),
        lists=MappingProxyType(lists),
        schedules=tuple(_schedules(reading, newsletter, lists)),
        throttle=throttle_settings(reading),
        retry=retry_settings(reading),
        dkim=tuple(_dkim(reading, newsletter)),
        check=CheckSettings(**reading.table("check", ("check",))),
        origins=MappingProxyType(reading.origins),
        file=file,
    )


def _newsletter(reading: _Reading) -> Newsletter:
    values = reading.table("newsletter", ("newsletter",))
    sender = reading.table("sender", ("sender",))
    if sender["name"] and not sender["address"]:
        reading.problem(("sender", "name"), "[sender] has a name but no address.")
    return Newsletter(
        **values,
        sender=Sender(sender["name"] or values["name"], sender["address"]) if sender["address"] else None,
        reply_to=sender["reply_to"],
        unsubscribe_mailbox=sender["unsubscribe"],
        bounce_domain=sender["bounce_domain"],
    )


def _for_list(reading: _Reading, name: str, newsletter: Newsletter) -> Newsletter:
    """The newsletter with what ``[lists.NAME]`` says in its place."""
    path = ("lists", name)
    reading.value(path, LIST, name, f"The list's name {name!r}")
    values = reading.table("lists", path)
    given = {key: values[key] for key in values if key in reading.given(path)}
    if sender := given.get("sender"):
        given["sender"] = replace(sender, name=sender.name or values["name"] or newsletter.name)
    return replace(newsletter, **given)


def _schedules(reading: _Reading, newsletter: Newsletter, lists: Mapping[str, Newsletter]) -> list[ScheduleSettings]:
    schedules = []
    for index in range(reading.count("schedule")):
        path: KeyPath = ("schedule", index)
        values = reading.table("schedule", path)
        values["timezone"] = values["timezone"] or lists.get(values["list"], newsletter).timezone
        schedules.append(ScheduleSettings(**values, place=reading.document.place(path)))
    return schedules


def _dkim(reading: _Reading, newsletter: Newsletter) -> Iterator[DkimSettings]:
    home = newsletter.sender.address.rpartition("@")[2].lower() if newsletter.sender else None
    seen: set[tuple[str, str]] = set()
    for index in range(reading.count("dkim")):
        path: KeyPath = ("dkim", index)
        values = reading.table("dkim", path)
        values["domain"] = values["domain"] or home
        name = (values["selector"], values["domain"])
        if name in seen:
            reading.problem(path, f"There are two keys for {name[0]}._domainkey.{name[1]}.", "Give each a selector.")
        seen.add(name)
        yield DkimSettings(**values, place=reading.document.place(path))


@dataclass(frozen=True, slots=True)
class _Problem:
    place: Place
    message: str
    hint: str | None

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f" {self.hint}" if self.hint else "")


@dataclass(slots=True)
class _Reading:
    """One pass over a document by the schema, gathering where values come from and what is wrong."""

    document: Document
    root: Path
    environ: Mapping[str, str]
    origins: dict[str, Origin] = field(default_factory=dict)
    problems: list[_Problem] = field(default_factory=list)

    def problem(self, path: KeyPath, message: str, hint: str | None = None) -> None:
        self.problems.append(_Problem(self.document.place(path), message, hint))

    def raise_problems(self) -> None:
        if not self.problems:
            return
        self.problems.sort(key=lambda problem: (problem.place.file, problem.place.line or 0))
        first, *others = self.problems
        if not others:
            raise ConfigError(first.message, place=first.place, hint=first.hint)
        lines = "\n".join(["", *(f"  {problem}" for problem in self.problems)])
        raise ConfigError(f"{len(self.problems)} things are wrong with the settings:{lines}")

    def check_tables(self) -> None:
        """Report tables that the schema does not know, and tables in a shape that is not theirs."""
        for name, data in self.document.data.items():
            known = next((table for table in TABLES if table.name == name), None)
            if known is None:
                self.problem((name,), *_unknown_table(name, data))
            elif not _has_shape(data, known.shape):
                self.problem((name,), f"This must be written as the table {known.heading}.")

    def names(self, name: str) -> list[str]:
        """The NAMEs of ``[name.NAME]``."""
        data = self.document.data.get(name, {})
        return list(data) if _has_shape(data, Shape.NAMED) else []

    def count(self, name: str) -> int:
        """How many ``[[name]]`` there are."""
        data = self.document.data.get(name, [])
        return len(data) if _has_shape(data, Shape.EACH) else 0

    def given(self, path: KeyPath) -> Mapping[str, Any]:
        """What the file says in the table at ``path``."""
        data: Any = self.document.data
        for part in path:
            data = data[part] if isinstance(part, int) else data.get(part, {})
        return data if isinstance(data, Mapping) else {}

    def table(self, name: str, path: KeyPath) -> Values:
        """The values in force of one table; where one is wrong, its default, and the problem is kept."""
        schema, given = table(name), self.given(path)
        for key in given:
            if all(known.name != key for known in schema.keys):
                self.problem((*path, key), *_unknown_key(key, schema))
        return {key.name: self.key(schema, key, path, given) for key in schema.keys}

    def key(self, schema: Table, key: Key, path: KeyPath, given: Mapping[str, Any]) -> Any:
        default = None if key.default is None else key.kind.read(key.default, self.root)
        dotted = ".".join(str(part + 1) if isinstance(part, int) else part for part in (*path, key.name))
        if key.env and self.environ.get(key.env):
            self.origins[dotted] = Origin(key.env)
            return self.environment_value(key, self.environ[key.env])
        if key.name in given:
            place = self.document.place((*path, key.name))
            self.origins[dotted] = Origin(f"{FILE_NAME}:{place.line}")
            return self.value((*path, key.name), key.kind, given[key.name], dotted, default)
        if key.required:
            self.problem(path, f"{schema.heading} needs {key.name!r}.", key.doc)
        self.origins[dotted] = Origin("default")
        return default

    def value(self, path: KeyPath, kind: Kind, raw: Any, called: str, default: Any = None) -> Any:
        try:
            return kind.read(raw, self.root)
        except BadValue as error:
            self.problem(path, f"{called} {error}" if str(error).endswith("?") else f"{called} {error}.")
        except ConfigError as error:
            self.problem(path, f"{called}: {error.message}", error.hint)
        return default

    def environment_value(self, key: Key, raw: str) -> Any:
        try:
            return (key.env_kind or key.kind).read(raw, self.root)
        except ConfigError as error:
            self.problems.append(_Problem(Place(str(key.env)), error.message, error.hint))
        return key.kind.read(key.default, self.root)


def _has_shape(data: Any, shape: Shape) -> bool:
    if shape is Shape.EACH:
        return isinstance(data, list) and all(isinstance(each, Mapping) for each in data)
    if shape is Shape.NAMED:
        return isinstance(data, Mapping) and all(isinstance(each, Mapping) for each in data.values())
    return isinstance(data, Mapping)


def _unknown_table(name: str, data: Any) -> tuple[str, str | None]:
    if not isinstance(data, Mapping | list):
        return f"{name!r} stands outside any table.", _belongs(name)
    near = get_close_matches(name, [table.name for table in TABLES], n=1)
    hint = f"Did you mean {table(near[0]).heading}?" if near else None
    return f"There is no table [{name}].", hint or f"The tables are: {', '.join(each.heading for each in TABLES)}."


def _unknown_key(name: str, schema: Table) -> tuple[str, str | None]:
    names = [key.name for key in schema.keys]
    near = get_close_matches(name.lower().replace("-", "_"), names, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else _belongs(name)
    return f"There is no key {name!r} in {schema.heading}.", hint or f"Its keys are: {', '.join(names)}."


def _belongs(name: str) -> str | None:
    """Where a key that stands in the wrong table belongs."""
    for schema in TABLES:
        near = get_close_matches(name, [key.name for key in schema.keys], n=1, cutoff=0.8)
        if near:
            return f"{near[0]!r} belongs in {schema.heading}."
    return None

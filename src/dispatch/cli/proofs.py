"""From a draft and the settings to what preflight looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from dispatch.cli.audience import Reader
from dispatch.cli.planning import Draft
from dispatch.config.settings import Settings
from dispatch.errors import ConfigError, Place, Refused
from dispatch.preflight.check import RULES, check
from dispatch.preflight.finding import Severity
from dispatch.preflight.proof import Audience, Proof
from dispatch.preflight.proof import Reader as Fields
from dispatch.preflight.support import support


@dataclass(frozen=True, slots=True)
class Readers:
    """A list and its file."""

    name: str
    reader: Reader

    def fields(self) -> Iterator[Fields]:
        """Each reader's fields, as their message is made from them."""
        for person in self.reader.people():
            yield {**person.fields, "email": person.address}


def proof_of(settings: Settings, drafted: Draft, readers: Readers | None, now: datetime) -> Proof:
    """The proof of an edition as the readers of a list would get it, or nobody in particular."""
    newsletter = settings.for_list(readers.name if readers is not None else None)
    return Proof(
        edition=drafted.edition,
        rendered=drafted.rendered,
        newsletter=newsletter,
        today=now.astimezone(newsletter.timezone).date(),
        audience=Audience(readers.name, readers.reader.fields, readers.fields) if readers is not None else None,
        lines=drafted.lines,
        clients=_clients(settings),
        weights={address: len(one.picture.content) for address, one in drafted.pictures.by_address.items()},
        unusable=drafted.pictures.problems,
    )


def _clients(settings: Settings) -> tuple[str, ...]:
    families = support().families
    for name in settings.check.clients:
        if name not in families:
            raise ConfigError(
                f"There is no mail program {name!r}.",
                place=_place(settings, "clients"),
                hint=f"Known are: {', '.join(families)}.",
            )
    return settings.check.clients


def require_presentable(
    settings: Settings, drafted: Draft, readers: Readers, now: datetime, *, force: bool
) -> list[str]:
    """Refuse an edition in which preflight finds errors, unless ``force``; the rules that were overruled.

    Raises :class:`~dispatch.errors.Refused` with every error.
    """
    findings = check(proof_of(settings, drafted, readers, now), severities(settings))
    errors = [each for each in findings if each.severity is Severity.ERROR]
    if errors and not force:
        where = [f"{each.place}: " if each.place else "" for each in errors]
        lines = "".join(f"\n  {at}{each.message} [{each.rule.id}]" for at, each in zip(where, errors, strict=True))
        raise Refused(
            f"Readers should not get this edition:{lines}",
            hint="How to mend it: `dispatch check` with the same text and list, or `dispatch check --rule NAME`\n"
            "  → Or send it in spite of that: add --force",
        )
    return list(dict.fromkeys(each.rule.id for each in errors))


def severities(settings: Settings) -> Mapping[str, Severity | None]:
    """What ``[check]`` makes of rules; raises :class:`~dispatch.errors.ConfigError` for a rule that does not exist, or
    stands in two places."""
    made: dict[str, Severity | None] = {}
    said = settings.check
    for key, names, severity in (
        ("errors", said.errors, Severity.ERROR),
        ("warnings", said.warnings, Severity.WARNING),
        ("notes", said.notes, Severity.NOTE),
        ("off", said.off, None),
    ):
        for name in names:
            if name not in RULES:
                raise ConfigError(f"There is no rule {name!r}.", place=_place(settings, key), hint=near(name))
            if name in made:
                raise ConfigError(f"The rule {name!r} stands twice in [check].", place=_place(settings, key))
            made[name] = severity
    return made


def near(name: str) -> str:
    """What a rule's name that does not exist may have meant."""
    found = get_close_matches(name, RULES, n=1)
    return f"Did you mean {found[0]!r}?" if found else "`dispatch check --rules` lists them."


def _place(settings: Settings, key: str) -> Place | None:
    origin = settings.origins.get(f"check.{key}")
    return origin.place if origin is not None else None

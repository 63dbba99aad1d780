"""From a draft and the settings to what preflight looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from functools import partial

from dispatch.audience.files import find_list
from dispatch.cli.audience import Reader
from dispatch.cli.mailing import headers_for
from dispatch.cli.planning import Draft
from dispatch.cli.signing import signing_keys
from dispatch.cli.trial import INERT_TOKEN
from dispatch.config.settings import Newsletter, Settings
from dispatch.errors import ConfigError, ListError, Place, Refused
from dispatch.message.dkim_keys import aligned
from dispatch.message.template import MessageTemplate, Recipient, unstuff
from dispatch.preflight.check import RULES, check
from dispatch.preflight.finding import Found, Severity
from dispatch.preflight.proof import Audience, Proof, Signing
from dispatch.preflight.proof import Reader as Fields
from dispatch.preflight.spamassassin import score
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
    list_name = readers.name if readers is not None else None
    newsletter = settings.for_list(list_name)
    return Proof(
        edition=drafted.edition,
        rendered=drafted.rendered,
        newsletter=newsletter,
        today=now.astimezone(newsletter.timezone).date(),
        audience=Audience(readers.name, readers.reader.fields, readers.fields) if readers is not None else None,
        lines=drafted.lines,
        clients=clients(settings),
        signing=_signing(settings, list_name),
        build=partial(_message, newsletter, drafted, readers, now) if newsletter.sender is not None else None,
        related=_related,
        weights={address: len(one.picture.content) for address, one in drafted.pictures.by_address.items()},
        written={address: one.written for address, one in drafted.pictures.by_address.items()},
        unusable=drafted.pictures.problems,
        dropped=drafted.dropped,
        unknown_list=_unknown_list(settings, drafted),
    )


def _unknown_list(settings: Settings, drafted: Draft) -> Found | None:
    """Why the list that the text asks for is none."""
    if drafted.list_name is None:
        return None
    try:
        find_list(settings.subscribers, drafted.list_name)
    except ListError as error:
        return Found(error.message, drafted.lines.get("list"), hint=error.hint)
    return None


def with_spam(proof: Proof) -> Proof:
    """The same, with what SpamAssassin makes of one reader's message; that takes it a second or two."""
    return replace(proof, spam=score(proof.build()) if proof.build is not None else None)


def _message(newsletter: Newsletter, drafted: Draft, readers: Readers | None, now: datetime) -> bytes:
    """What the list's first reader would get, or nobody in particular; its unsubscribe link leads nowhere."""
    fields = next(readers.fields(), None) if readers is not None else None
    fields = fields or {"email": "reader@example.invalid"}
    headers = headers_for(newsletter, readers.name if readers is not None else "preview", drafted.edition)
    reader = Recipient(fields["email"], fields, f"preview.{drafted.edition.slug}", INERT_TOKEN)
    return unstuff(MessageTemplate.compile(drafted.rendered, headers).build(reader, now))


def _signing(settings: Settings, list_name: str | None) -> Signing:
    try:
        return Signing(tuple(key.domain for key in signing_keys(settings, list_name)))
    except ConfigError as error:
        return Signing(trouble=Found(error.message, error.place))


def _related(one: str, other: str) -> bool:
    if aligned(one, other):
        return True
    # Imported for the rare case: that reads the whole Public Suffix List.
    from dispatch.doctor.dmarc import registered

    return registered(one) == registered(other)


def clients(settings: Settings) -> tuple[str, ...]:
    """The mail programs that count, by ``[check] clients``."""
    families = support().families
    for name in settings.check.clients:
        if name not in families:
            alike = get_close_matches(name, families, n=1)
            raise ConfigError(
                f"There is no mail program {name!r}.",
                place=_place(settings, "clients"),
                hint=f"Did you mean {alike[0]!r}?" if alike else f"Known are: {', '.join(families)}.",
            )
    return settings.check.clients


def require_presentable(
    settings: Settings,
    drafted: Draft,
    readers: Readers,
    now: datetime,
    *,
    force: bool,
    otherwise: str = "Or send it in spite of that: add --force",
) -> list[str]:
    """Refuse an edition in which preflight finds errors, unless ``force``; the rules that were overruled.

    Raises :class:`~dispatch.errors.Refused` with every error; ``otherwise`` is said of what else can be done.
    """
    findings = check(proof_of(settings, drafted, readers, now), severities(settings))
    errors = [each for each in findings if each.severity is Severity.ERROR]
    if errors and not force:
        where = [f"{each.place}: " if each.place else "" for each in errors]
        lines = "".join(f"\n  {at}{each.message} [{each.rule.id}]" for at, each in zip(where, errors, strict=True))
        raise Refused(
            f"Readers should not get this edition:{lines}",
            hint="How to mend it: `dispatch check` with the same text and list, or `dispatch check --rule NAME`\n"
            f"  → {otherwise}",
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

"""``dispatch dkim``: keys that sign the mail, and the DNS records that let others check it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dispatch.cli.workspace import now, workspace_of
from dispatch.errors import ConfigError, Refused

if TYPE_CHECKING:
    from dispatch.config.settings import DkimSettings, Settings
    from dispatch.message.dkim import Algorithm


@click.group(
    short_help="Sign the mail, so that receivers know it is yours.",
    epilog="\b\nExamples:\n  dispatch dkim keygen\n  dispatch dkim keygen --both\n  dispatch dkim record",
)
def dkim() -> None:
    """Sign the mail (DKIM, RFC 6376), so that receivers know it is yours and unchanged.

    A key signs each message; its public half stands in your domain's DNS. Mailbox providers ask it of everyone who
    mails many readers.
    """


@dkim.command(
    short_help="Make a key, and say what to put into the DNS.",
    epilog="\b\nExamples:\n"
    "  dispatch dkim keygen                      an RSA key, which every receiver can check\n"
    "  dispatch dkim keygen --both               and an Ed25519 key: each message is signed twice\n"
    "  dispatch dkim keygen --selector spring    a record of this name: spring._domainkey.…",
)
@click.option("--selector", metavar="NAME", help="The DNS record's name (default: dispatch and the month).")
@click.option(
    "--rsa", "kind", flag_value="rsa", default="rsa", help="RSA-2048, which every receiver can check (default)."
)
@click.option(
    "--ed25519", "kind", flag_value="ed25519", help="Ed25519: small and fast; some receivers cannot check it."
)
@click.option("--both", "kind", flag_value="both", help="One of each; every message carries two signatures.")
@click.option("--domain", help="The domain that vouches for the mail (default: the sender's).")
@click.pass_context
def keygen(ctx: click.Context, selector: str | None, kind: str, domain: str | None) -> None:
    """Make a key that signs your mail from now on, and print the DNS record that goes with it.

    The key lies in .dispatch/dkim/, readable by you alone, and dispatch.toml gets a [[dkim]] for it. A key that is
    there already is never overwritten.
    """
    from dispatch.message.dkim import Algorithm

    settings = workspace_of(ctx)
    home = _domain(settings, domain)
    name = _selector(selector if selector is not None else f"dispatch-{now():%Y-%m}")
    kinds = {"rsa": [Algorithm.RSA], "ed25519": [Algorithm.ED25519]}.get(kind, list(Algorithm))
    wanted = [(f"{name}-{_short(one)}" if len(kinds) > 1 else name, one) for one in kinds]
    _refuse_taken(settings, home, [each for each, _ in wanted])
    for each, algorithm in wanted:
        file = _write_key(settings, home, each, algorithm)
        _switch_on(settings, home, each, file)
    made = [one for one in workspace_of(ctx).dkim if one.domain == home and one.selector in dict(wanted)]
    for one in made:
        _print_record(settings, one)
    click.echo("\nPut this into the DNS of your domain. Until it is there, receivers take your mail as unsigned.")
    click.echo("A form with one field for the value takes the strings joined, without quotes and spaces between them.")
    click.echo("Then look: dispatch send SEED --list NAME --test you@example.org, and at the message's source.")


@dkim.command(
    short_help="Print the DNS records of the keys in use.",
    epilog="\b\nExamples:\n  dispatch dkim record\n  dispatch dkim record --zone    as lines for a zone file",
)
@click.option("--zone", is_flag=True, help="Print lines for a zone file, and nothing else.")
@click.pass_context
def record(ctx: click.Context, zone: bool) -> None:
    """Print the DNS record of each key that dispatch.toml names."""
    from dispatch.cli.records import quoted

    settings = workspace_of(ctx)
    if not settings.dkim:
        raise Refused("No key signs this newsletter's mail.", hint="Make one: dispatch dkim keygen")
    for one in settings.dkim:
        if zone:
            name, values = _record(one)
            click.echo(f"{name}. IN TXT ( {' '.join(map(quoted, values))} )")
        else:
            _print_record(settings, one)


def _domain(settings: Settings, given: str | None) -> str:
    sender = settings.newsletter.sender
    if given is None and sender is None:
        raise Refused("There is no sender, and so no domain to sign for.", hint="Add --domain example.org")
    if given is None:
        assert sender is not None
        return sender.address.rpartition("@")[2].lower()
    return _read("--domain", "DOMAIN", given)


def _selector(given: str) -> str:
    return _read("--selector", "SELECTOR", given)


def _read(option: str, kind: str, given: str) -> str:
    """An option's value, by the rules of the settings that it ends up in."""
    from dispatch.config import values

    reader: values.Kind = getattr(values, kind)
    try:
        return str(reader.read(given, Path()))
    except values.BadValue as error:
        raise Refused(f"{option} {error}.") from None


def _short(algorithm: Algorithm) -> str:
    return algorithm.value.partition("-")[0]


def _file(settings: Settings, domain: str, selector: str) -> Path:
    return settings.state / "dkim" / f"{selector}.{domain}.pem"


def _refuse_taken(settings: Settings, domain: str, selectors: list[str]) -> None:
    """Refuse names that are in use, before anything is written."""
    for selector in selectors:
        file = _file(settings, domain, selector)
        named = any(one.selector == selector and one.domain == domain for one in settings.dkim)
        if file.exists() or named:
            where = _shown(settings, file) if file.exists() else "dispatch.toml"
            raise Refused(
                f"There is a key {selector!r} for {domain} already ({where}), and keys are never overwritten.",
                hint="Show its record: dispatch dkim record; or make another: dispatch dkim keygen --selector NAME",
            )


def _write_key(settings: Settings, domain: str, selector: str, algorithm: Algorithm) -> Path:
    from dispatch.message.dkim_keys import new_key

    file = _file(settings, domain, selector)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = new_key(algorithm)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:  # noqa: PTH123 -- by handle
        opened.write(pem)
        opened.flush()
        os.fsync(opened.fileno())
    return file


def _switch_on(settings: Settings, domain: str, selector: str, file: Path) -> None:
    from dispatch.config.edit import add_table

    assert settings.file is not None
    entry = {"selector": selector, "key": _shown(settings, file)}
    sender = settings.newsletter.sender
    if sender is None or sender.address.rpartition("@")[2].lower() != domain:
        entry["domain"] = domain
    add_table(settings.file, "dkim", entry)


def _record(one: DkimSettings) -> tuple[str, list[str]]:
    """A record's name and its strings."""
    from dispatch.cli.signing import record_of

    if one.domain is None:
        raise ConfigError("This key has no domain.", place=one.place, hint='Add it: domain = "example.org"')
    return record_of(one, one.domain)


def _print_record(settings: Settings, one: DkimSettings) -> None:
    from dispatch.cli.records import lines

    click.echo(f"\nKey    {_shown(settings, one.key)}")
    click.echo("\n".join(lines(*_record(one))))


def _shown(settings: Settings, file: Path) -> str:
    return str(file.relative_to(settings.root)) if file.is_relative_to(settings.root) else str(file)

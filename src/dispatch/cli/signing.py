"""From the settings to the keys that sign a list's mail, read when a send starts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from dispatch.config.secrets import private_key
from dispatch.config.settings import DkimSettings, Settings
from dispatch.errors import ConfigError
from dispatch.message.dkim import Algorithm, DkimKey
from dispatch.message.dkim_keys import BadKey, aligned, read_key, record, record_name, strings


def signing_keys(settings: Settings, list_name: str | None) -> tuple[DkimKey, ...]:
    """The keys of ``[[dkim]]`` that may speak for the list's sender; none where no key is set.

    Raises :class:`ConfigError` for a key that cannot be used, and where there are keys but none for this sender: mail
    that was meant to be signed must not go unsigned.
    """
    sender = settings.for_list(list_name).sender
    if not settings.dkim or sender is None:
        return ()
    home = sender.address.rpartition("@")[2]
    keys = tuple(_read(one, one.domain or home) for one in _speaking_for(settings, home))
    if not keys:
        first = settings.dkim[0]
        raise ConfigError(
            f"No DKIM key speaks for {sender.address}: the domain is {first.domain}, and DMARC wants the sender's.",
            place=first.place,
            hint=f'Make a key for it: dispatch dkim keygen --domain {home}, or set domain = "{home}".',
        )
    return keys


def signing_is_costly(settings: Settings, list_name: str | None) -> bool:
    """Whether a message's signature takes most of its time: RSA's does, Ed25519's does not."""
    return any(key.algorithm is Algorithm.RSA for key in signing_keys(settings, list_name))


def record_of(one: DkimSettings, domain: str) -> tuple[str, list[str]]:
    """A key's DNS record: its name, and the strings of its text. Raises :class:`ConfigError`."""
    try:
        text = record(pem_of(one))
    except BadKey as error:
        raise unusable(one, error) from None
    return record_name(domain, one.selector), strings(text)


def records_for(settings: Settings, home: str) -> Iterator[tuple[DkimSettings, str, list[str]]]:
    """Each key that may speak for mail from ``home``, with its record's name and strings; those that cannot be used are
    left out."""
    for one in _speaking_for(settings, home):
        with suppress(ConfigError):
            yield one, *record_of(one, one.domain or home)


def pem_of(one: DkimSettings) -> bytes:
    """A key's file; raises :class:`ConfigError`."""
    return private_key(one.key, one.place).reveal().encode("latin-1")


def _speaking_for(settings: Settings, home: str) -> Iterator[DkimSettings]:
    return (one for one in settings.dkim if one.domain is None or aligned(one.domain, home))


def _read(one: DkimSettings, domain: str) -> DkimKey:
    try:
        return read_key(pem_of(one), domain, one.selector)
    except BadKey as error:
        raise unusable(one, error) from None


def unusable(one: DkimSettings, error: BadKey) -> ConfigError:
    """What is said of a file that holds no key for mail."""
    return ConfigError(
        f"The key {one.key} cannot sign mail: {error}.", place=one.place, hint="Make one: dispatch dkim keygen"
    )

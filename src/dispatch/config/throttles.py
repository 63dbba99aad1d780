"""From the tables about pace and retries to their settings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from dispatch.audience.addresses import BadAddress, parse_address
from dispatch.config.keys import Path as KeyPath
from dispatch.config.settings import Limits, RelayLimits, RetrySettings, ThrottleSettings, WarmUp


class Reading(Protocol):
    """One pass over a ``dispatch.toml`` (:mod:`dispatch.config.load`)."""

    def table(self, name: str, path: KeyPath) -> dict[str, Any]: ...

    def names(self, name: str) -> list[str]: ...

    def given(self, path: KeyPath) -> Mapping[str, Any]: ...

    def problem(self, path: KeyPath, message: str, hint: str | None = None) -> None: ...


def throttle_settings(reading: Reading) -> ThrottleSettings:
    """``[throttle]``, ``[domains.NAME]``, ``[relays.NAME]`` and ``[warmup]``."""
    values = reading.table("throttle", ("throttle",))
    quiet_hours = values.pop("quiet_hours")
    domains = {name: Limits(**reading.table("domains", ("domains", name))) for name in reading.names("domains")}
    for name in domains:
        _check_domain(reading, name)
    relays = {}
    for name in reading.names("relays"):
        taken = reading.table("relays", ("relays", name))
        if name != name.lower():
            reading.problem(("relays", name), f"Write the server's name in lower case: {name.lower()!r}.")
        elif "/" in name or "@" in name:
            # Such a name is that of no server: its limits would hold for nobody, and nobody would say so.
            reading.problem(
                ("relays", name),
                f"{name!r} is no server's name.",
                'Write its host, or host:port, without the rest of the URL: [relays."smtp.example.org"]',
            )
        connections = taken.pop("connections")
        relays[name] = RelayLimits(Limits(**taken), connections)
    return ThrottleSettings(
        Limits(**values), quiet_hours, MappingProxyType(domains), MappingProxyType(relays), _warmup(reading)
    )


def retry_settings(reading: Reading) -> RetrySettings:
    """``[retry]``."""
    values = reading.table("retry", ("retry",))
    return RetrySettings(values["intervals"], values["give_up_after_days"])


def _check_domain(reading: Reading, name: str) -> None:
    """Readers' addresses are compared in one form; a name in another one would limit nobody."""
    try:
        known = parse_address(f"reader@{name}").key.rpartition("@")[2]
    except BadAddress as error:
        reading.problem(("domains", name), f"{name!r} is no domain of readers: {error.reason}.")
        return
    if name != known:
        reading.problem(("domains", name), f"Write this domain as {known!r}.")


def _warmup(reading: Reading) -> WarmUp | None:
    values = reading.table("warmup", ("warmup",))
    if values["start"] is None:
        if reading.given(("warmup",)):
            reading.problem(("warmup",), "[warmup] needs 'start'.", "How many messages go on the first day?")
        return None
    if values["ceiling"] < values["start"]:
        reading.problem(("warmup", "ceiling"), "warmup.ceiling must not be less than warmup.start.")
    return WarmUp(**values)

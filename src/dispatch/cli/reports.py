"""What passes between the process that a person started and those that share its work: a line of JSON each.

Over the pipe to a worker go its :class:`Assignment` and then the words :data:`DRAIN` and :data:`DROP`; that the pipe
ends means the first of them too. Over the pipe from it come how far it is, what the operator is to know, and at the
end how it ended.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dispatch.cli.part import Share
from dispatch.config.settings import Relay, Relays, Security
from dispatch.delivery.feed import Reason, Why
from dispatch.delivery.loop import Tally
from dispatch.delivery.run import Ended
from dispatch.errors import ConfigError, DispatchError, LedgerError, Place, Refused, RelayError
from dispatch.ledger.states import DeliveryState

DRAIN = b"drain\n"
"""Finish what is on the wire."""

DROP = b"drop\n"
"""Drop the connections."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one more worker is to do. Passwords go with it, as far as they are known: they are fetched once, by who can
    ask a person for them."""

    root: str
    """The workspace's folder."""
    slug: str
    list_name: str
    relays: Relays
    share: Share
    passwords: Mapping[Relay, str | None] = field(repr=False)

    def line(self) -> bytes:
        relays = self.relays.each
        values = {
            "root": self.root,
            "slug": self.slug,
            "list": self.list_name,
            "relays": [asdict(relay) for relay in relays],
            "passwords": [[relays.index(relay), password] for relay, password in self.passwords.items()],
            "share": asdict(self.share),
        }
        return _line(values)


def read_assignment(line: bytes) -> Assignment:
    values = json.loads(line)
    relays = tuple(
        Relay(Security(each["security"]), each["host"], each["port"], each["user"]) for each in values["relays"]
    )
    return Assignment(
        root=values["root"],
        slug=values["slug"],
        list_name=values["list"],
        relays=Relays(relays),
        share=Share(**values["share"]),
        passwords={relays[place]: password for place, password in values["passwords"]},
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What the operator is to know at once."""

    text: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """It was told to drop its connections, and has."""


_KINDS: tuple[type[DispatchError], ...] = (RelayError, LedgerError, ConfigError, Refused, DispatchError)
"""What an error is taken for by whoever reads of it: the nearest of these."""

Report = Tally | Said | Ended | DispatchError | Dropped


def report_line(report: Report) -> bytes:
    match report:
        case Tally():
            return _line({"tally": _tally(report)})
        case Said(text):
            return _line({"said": text})
        case Ended():
            return _line({"ended": _ended(report)})
        case DispatchError():
            place = [report.place.file, report.place.line] if report.place else None
            kind = next(each.__name__ for each in type(report).__mro__ if each in _KINDS)
            return _line({"failed": {"kind": kind, "message": report.message, "hint": report.hint, "place": place}})
        case Dropped():
            return _line({"dropped": True})


def read_report(line: bytes) -> Report:
    match json.loads(line):
        case {"tally": values}:
            return _read_tally(values)
        case {"said": text}:
            return Said(text)
        case {"ended": values}:
            return _read_ended(values)
        case {"failed": {"kind": kind, "message": message, "hint": hint, "place": place}}:
            error = next(each for each in _KINDS if each.__name__ == kind)
            return error(message, hint=hint, place=Place(*place) if place else None)
        case _:
            return Dropped()


def _line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values).encode() + b"\n"


def _tally(tally: Tally) -> dict[str, Any]:
    return {"states": {state.value: number for state, number in tally.states.items()}, "refused": tally.refused}


def _read_tally(values: Mapping[str, Any]) -> Tally:
    states = {DeliveryState(state): number for state, number in values["states"].items()}
    return Tally(Counter(states), values["refused"])


def _ended(ended: Ended) -> dict[str, Any]:
    reason = ended.reason
    return {
        "tally": _tally(ended.tally),
        "found_unknown": ended.found_unknown,
        "expired": ended.expired,
        "halted": ended.halted,
        "reason": [reason.why.name, reason.at, reason.text, reason.whole] if reason is not None else None,
    }


def _read_ended(values: Mapping[str, Any]) -> Ended:
    reason = values["reason"]
    return Ended(
        _read_tally(values["tally"]),
        values["found_unknown"],
        values["expired"],
        values["halted"],
        Reason(Why[reason[0]], *reason[1:]) if reason is not None else None,
    )

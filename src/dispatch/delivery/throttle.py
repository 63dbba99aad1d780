"""The policy of one run: how fast, when, and whether a send may go. It asks the ledger a few times a second at most."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from dispatch.config.settings import Limits, QuietHours, Relay, ThrottleSettings
from dispatch.delivery.adaptation import Adaptation, domain_scope
from dispatch.delivery.outcome import Outcome
from dispatch.ledger.control import Control
from dispatch.ledger.states import Stop
from dispatch.ledger.throttles import LONGEST_HOLD, Grant, Limit, Pace, Throttles

LOOK_SECONDS = 1.0
"""So often a run looks whether its send was paused or cancelled, and what other workers found out."""

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Terms:
    """What limits a run. ``zone`` is the newsletter's, ``relay`` the one that the mail goes through at first."""

    throttle: ThrottleSettings
    relay: Relay
    zone: tzinfo


@dataclass(slots=True)
class Tokens:
    """What may be begun until ``until`` (the process's clock); ``math.inf`` where nothing limits it. With none left,
    ``again_at`` says when there may be some, and ``why`` what stands in the way."""

    left: float = 0
    until: float = math.inf
    again_at: float = 0.0
    why: str = ""
    grant: Grant = field(default_factory=lambda: Grant(0))


class Policy:
    """One worker's side of the rules for one send. What it asks of the ledger blocks: call it on the journal's thread
    (:meth:`look`, :meth:`tokens`, :meth:`give_back`, :meth:`postpone`, :meth:`connections`, :meth:`use`)."""

    def __init__(
        self,
        control: Control,
        throttles: Throttles,
        terms: Terms,
        *,
        send_id: int,
        worker_id: int,
        clock: Callable[[], float],
    ) -> None:
        self._control = control
        self._throttles = throttles
        self._terms = terms
        self._send = send_id
        self._worker = worker_id
        self._clock = clock
        self._paces: Mapping[str, Pace] = {}
        self._relay = terms.relay
        self._adaptation = Adaptation(_relay_scope(terms.relay))
        self._hold_factor = 1.0
        self._warmup: tuple[str, int | None] | None = None
        """The day, and its limit."""

    def look(self) -> Stop | None:
        """Tell the ledger what was found out about the pace, learn what others did, and whether the send may go on."""
        for change in self._adaptation.changes():
            if change.per_minute is None:
                if change.scope in self._paces:
                    self._throttles.quicken(change.scope)
            else:
                self._throttles.slow(change.scope, change.per_minute, change.why)
        self._paces = self._throttles.paces()
        for scope in self._paces:
            self._adaptation.watch(scope)
        return self._control.standing(self._send)

    def count(self, domain: str, outcome: Outcome) -> None:
        self._adaptation.count(domain, outcome, self._clock())

    def is_limited(self, domain: str) -> bool:
        """Whether a domain's messages need tokens of their own."""
        return domain in self._terms.throttle.domains or domain_scope(domain) in self._paces

    def quiet(self) -> tuple[float, float | None]:
        """When the next quiet hours begin (``inf``: never), and when those end in which we are (``None``: in none)."""
        hours = self._terms.throttle.quiet_hours
        if hours is None:
            return math.inf, None
        return quiet_times(hours, self._clock(), self._terms.zone)

    def tokens(self, wanted: int) -> Tokens:
        """Tokens of all that limits the run as a whole."""
        limits = self._whole_limits()
        return self._reserve(limits, wanted) if limits else Tokens(math.inf)

    def domain_tokens(self, domain: str, wanted: int) -> Tokens:
        """Tokens of all that limits one domain's messages."""
        limits = self._domain_limits(domain)
        return self._reserve(limits, wanted) if limits else Tokens(wanted)

    def spacing(self, domain: str) -> float:
        """Seconds between two messages of a domain at the pace that its limits allow in the long run."""
        limits = self._domain_limits(domain)
        return max((limit.seconds / limit.most for limit in limits), default=0.0)

    def give_back(self, tokens: Tokens) -> None:
        """Return what is left of them."""
        if math.isfinite(tokens.left) and tokens.left > 0:
            self._throttles.give_back(tokens.grant, int(tokens.left))
        tokens.left = 0

    def postpone(self, rows: Sequence[tuple[int, float]], why: str) -> None:
        """Set claimed deliveries aside, each until its time."""
        self._control.postpone(self._worker, rows, why, now=self._clock())

    def connections(self, relay: Relay, wanted: int) -> int:
        """How many of ``wanted`` connections a relay's limit leaves for this worker, until the worker ends or wants
        other ones."""
        most = self._terms.throttle.relay(relay).connections
        return self._throttles.reserve_connections(_relay_key(relay), self._worker, wanted, most=most)

    def use(self, relay: Relay) -> None:
        """The mail goes through another relay from now on: its limits count."""
        self._relay = relay
        self._warmup = None
        self._adaptation.relay = _relay_scope(relay)

    def _reserve(self, limits: Sequence[Limit], wanted: int) -> Tokens:
        shortest = min(limit.seconds for limit in limits)
        # Longer windows can spare longer holds; and a ledger slower than the hold must not stop the run for ever.
        hold = min(max(0.2, min(shortest / 20, 10.0)) * self._hold_factor, LONGEST_HOLD)
        asked = self._clock()
        grant = self._throttles.reserve(limits, max(wanted, 1), hold=hold)
        got = self._clock()
        if grant.tokens and got - asked > hold / 2:
            self._hold_factor *= 2
        why = _why(grant.limit, self._paces) if grant.limit is not None else ""
        # The hold began after we asked, by whatever clock: so ours runs out first.
        return Tokens(grant.tokens, asked + hold, got + grant.wait, why, grant)

    def _whole_limits(self) -> list[Limit]:
        throttle, scope = self._terms.throttle, _relay_scope(self._relay)
        limits = _limits("all", throttle.limits) + _limits(scope, throttle.relay(self._relay).limits)
        limits += self._pace(scope)
        if (most := self._warmup_limit()) is not None:
            limits.append(Limit(f"warm-up {_relay_key(self._relay)}", DAY, most))
        return limits

    def _domain_limits(self, domain: str) -> list[Limit]:
        scope = domain_scope(domain)
        return _limits(scope, self._terms.throttle.domains.get(domain, Limits())) + self._pace(scope)

    def _pace(self, scope: str) -> list[Limit]:
        pace = self._paces.get(scope)
        return [Limit(f"pace of {scope}", 60, max(1, int(pace.per_minute)))] if pace is not None else []

    def _warmup_limit(self) -> int | None:
        plan = self._terms.throttle.warmup
        if plan is None:
            return None
        today = datetime.fromtimestamp(self._clock(), self._terms.zone).date().isoformat()
        if self._warmup is None or self._warmup[0] != today:
            self._warmup = (today, plan.most(self._throttles.warmup_day(_relay_key(self._relay), today)))
        return self._warmup[1]


def _relay_key(relay: Relay) -> str:
    """How the ledger names a relay."""
    return f"{relay.host.lower()}:{relay.port}"


def _relay_scope(relay: Relay) -> str:
    return f"relay {_relay_key(relay)}"


def _limits(scope: str, limits: Limits) -> list[Limit]:
    return [Limit(scope, seconds, most) for seconds, most in limits.windows()]


_WINDOWS = {1: "second", 60: "minute", 3_600: "hour", DAY: "day"}


def _why(limit: Limit, paces: Mapping[str, Pace]) -> str:
    """A limit as a person would say it."""
    rate = f"{limit.most:,} a {_WINDOWS[limit.seconds]}"
    kind, _, name = limit.scope.partition(" ")
    match kind:
        case "all":
            return f"the limit of {rate} ([throttle])"
        case "warm-up":
            return f"the warm-up's {rate} ([warmup])"
        case "pace":
            scope = name.removeprefix("of ")
            said = f": {paces[scope].why}" if scope in paces else ""
            return f"{scope.partition(' ')[2]} is slowed to {rate}{said}"
        case _:
            return f"the limit of {rate} for {name}"


def quiet_times(hours: QuietHours, now: float, zone: tzinfo) -> tuple[float, float | None]:
    """When the next quiet hours begin, and when those end in which ``now`` lies, in epoch seconds.

    Wall-clock times, so that a night in which the clocks change is an hour shorter or longer.
    """
    today = datetime.fromtimestamp(now, zone).date()
    begins = math.inf
    for offset in (-1, 0, 1, 2):
        day = today + timedelta(days=offset)
        last = day if hours.begin < hours.end else day + timedelta(days=1)
        begin = datetime.combine(day, hours.begin, zone).astimezone(UTC).timestamp()
        end = datetime.combine(last, hours.end, zone).astimezone(UTC).timestamp()
        if begin <= now < end:
            return begin, end
        if begin > now:
            begins = min(begins, begin)
    return begins, None

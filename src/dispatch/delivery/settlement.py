"""What a server said becomes what the ledger writes."""

from __future__ import annotations

from collections.abc import Callable

from dispatch.config.settings import RetrySettings
from dispatch.delivery.outcome import Outcome, Verdict
from dispatch.delivery.retry import next_attempt
from dispatch.ledger.claims import Envelope
from dispatch.ledger.settling import Settlement
from dispatch.ledger.states import DeliveryState

_STATES = {
    Verdict.ACCEPTED: DeliveryState.ACCEPTED,
    Verdict.DEFERRED: DeliveryState.DEFERRED,
    Verdict.POLICY: DeliveryState.DEFERRED,
    Verdict.BOUNCED: DeliveryState.BOUNCED,
    Verdict.UNKNOWN: DeliveryState.UNKNOWN,
}


def settlement_of(
    envelope: Envelope, outcome: Outcome, *, now: Callable[[], float], chance: Callable[[], float], retry: RetrySettings
) -> Settlement:
    """The row's new state after an attempt; ``chance`` in [0, 1) spreads the next attempts."""
    state = _STATES[outcome.verdict]
    waits = state is DeliveryState.DEFERRED
    reason = "policy: " if outcome.verdict is Verdict.POLICY else ""
    return Settlement(
        delivery_id=envelope.delivery_id,
        state=state,
        stage=outcome.stage.value,
        code=outcome.code,
        enhanced=outcome.enhanced,
        reply=reason + outcome.text,
        next_at=next_attempt(envelope.attempts + 1, now(), chance(), retry) if waits else None,
        suppress=outcome.suppresses,
    )

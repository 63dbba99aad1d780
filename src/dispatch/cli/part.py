"""One process's part in a planned send."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.cli.mailing import Passwords, builder, ways
from dispatch.cli.pacing import policy_for
from dispatch.cli.workspace import now, seconds
from dispatch.config.settings import Relays, Settings
from dispatch.delivery.run import Ended, Order, Surroundings, run_send
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.sends import Send


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a send one process does. ``resend_unknown`` is for one of them: what comes to be in doubt while they
    work is no part of it."""

    connections: int
    limit: int | None = None
    resend_unknown: bool = False


class Part:
    """What this process needs to work on a send.

    Raises :class:`~dispatch.errors.ConfigError` for a DKIM key that cannot be used.
    """

    def __init__(self, settings: Settings, relays: Relays, passwords: Passwords, ledger: Ledger, send: Send) -> None:
        self._settings = settings
        self._ledger = ledger
        self._send = send
        self._ways = ways(settings, relays, passwords)
        self._build = builder(settings, ledger, send, now)
        self._policy = policy_for(settings, relays.each[0], ledger, send, seconds)

    async def do(self, share: Share, surroundings: Surroundings) -> Ended:
        """Deliver a share of what is due; see :func:`~dispatch.delivery.run.run_send` for what it raises."""
        order = Order(
            send_id=self._send.id,
            connections=share.connections,
            locks=self._settings.state / "workers",
            limit=share.limit,
            messages_per_connection=self._settings.smtp.messages_per_connection,
            resend_unknown=share.resend_unknown,
            envelope_id=f"{self._send.slug}.{self._send.list_name}",
            retry=self._settings.retry,
        )
        return await run_send(
            self._ledger.work, order, surroundings, ways=self._ways, build=self._build, policy=self._policy
        )

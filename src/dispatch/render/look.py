"""What a newsletter's settings say about how its editions look: plain values, handed in by ``cli``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that a theme may show beside the edition itself; templates read it as ``look``.

    ``accent`` is ``#RRGGBB`` or ``None`` for the theme's own; ``base_url`` is where relative links lead (no trailing
    slash); ``way_out`` is the mailbox that takes unsubscriptions, if there is one.
    """

    newsletter_name: str
    tagline: str = ""
    """Signs off an edition that brings no tagline of its own."""
    accent: str | None = None
    theme: str = "dispatch"
    postal_address: str = ""
    base_url: str | None = None
    sender_name: str = ""
    sender_address: str = ""
    way_out: str | None = None

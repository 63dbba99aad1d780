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
    logo: str | None = None
    """A picture's URL, in place of the name; ``logo_dark`` in dark mode."""
    logo_dark: str | None = None
    logo_width: int = 0
    """CSS pixels."""
    web_version: str | None = None
    """The edition's address on the web, with ``{slug}`` or ``{date}``; a template reads ``edition.web_version``."""
    social: tuple[tuple[str, str], ...] = ()
    """Names and URLs."""
    forward: bool = False
    feedback_to: str | None = None
    """A mailbox, or a URL with ``{answer}``, ``{slug}``, ``{date}``; a template reads ``edition.feedback``."""
    feedback_question: str = ""
    feedback_answers: tuple[str, ...] = ()

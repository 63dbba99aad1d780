"""What the studio answers its page, as plain values ready to be shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from email import message_from_bytes, policy
from typing import Any

from dispatch.preflight.document import Document, words
from dispatch.preflight.size import CLIP
from dispatch.preview.desk import Composed, Fields, Reader
from dispatch.preview.lines import with_lines
from dispatch.preview.pictures import at_studio
from dispatch.preview.studio import Fault, Shown
from dispatch.preview.views import View, seen
from dispatch.render.compile import preview

_SNIPPET = 240
"""Characters of the page that an inbox shows at most where there is no preheader."""


def page(composed: Composed, fields: Fields, view: View, query: str) -> str:
    """The page in a view, as a reader gets it; ``query`` names the edition in the addresses of its local pictures."""
    lined = composed.lined
    html = with_lines(lined.variants[lined.key_for(fields)].html, fields, composed.titles)
    return seen(at_studio(html, composed.pictures, query), view)


def edition(shown: Shown, fields: Fields) -> dict[str, Any]:
    """All about an edition that stands beside its page."""
    composed = shown.composed
    return {
        "milliseconds": round(shown.seconds * 1000),
        "fault": asdict(shown.fault) if shown.fault else None,
        "edition": _edition(composed, fields) if composed else None,
    }


def _edition(composed: Composed, fields: Fields) -> dict[str, Any]:
    made, newsletter = composed.edition, composed.newsletter
    variant = composed.sent.variants[composed.sent.key_for(fields)]
    html = preview(variant.html, fields)
    sender = newsletter.sender
    return {
        "title": made.title,
        "slug": made.slug,
        "subject": preview(variant.subject, fields),
        "preheader": made.preheader,
        "snippet": made.preheader or words(Document(html).body)[:_SNIPPET],
        "sender": (sender.name or sender.address) if sender else newsletter.name,
        "language": made.language,
        "direction": made.direction,
        "minutes": made.reading_minutes,
        "stories": len(made.stories),
        "draft": composed.draft,
        "text": preview(variant.text, fields),
        "octets": len(html.encode()),
        "clip": CLIP,
        "sources": [asdict(source) for source in composed.sources],
        "fields": dict(fields),
    }


def message(raw: bytes) -> dict[str, Any]:
    """The header fields as they are sent, and the octets of the whole. ``text`` is what an encoded field says."""
    head = raw.partition(b"\r\n\r\n")[0]
    parsed = message_from_bytes(head + b"\r\n\r\n", policy=policy.default)
    fields = []
    for (name, value), (_, text) in zip(message_from_bytes(head).items(), parsed.items(), strict=True):
        said = str(text)
        fields.append({"name": name, "raw": value, "text": said if "=?" in value else None})
    return {"headers": fields, "octets": len(raw)}


def people(readers: Iterable[Reader]) -> list[dict[str, Any]]:
    """Readers that a search found."""
    return [{"line": reader.line, "fields": dict(reader.fields)} for reader in readers]


def fault(found: Fault) -> dict[str, Any]:
    """Why something cannot be shown."""
    return {"fault": asdict(found)}

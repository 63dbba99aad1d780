"""Proofs of editions that are read, composed and rendered as ``dispatch check`` does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

from dispatch.cli.mailing import headers_for
from dispatch.cli.planning import dropped_links
from dispatch.config.settings import Newsletter, Sender
from dispatch.doctor.dmarc import registered
from dispatch.edition.compose import ComposeOptions, compose
from dispatch.edition.model import Edition
from dispatch.edition.sources import read_source
from dispatch.errors import DispatchError, Place
from dispatch.message.template import MessageTemplate, Recipient, unstuff
from dispatch.online.answer import Answer
from dispatch.preflight.finding import Found
from dispatch.preflight.proof import Audience, Proof, Signing
from dispatch.preflight.spamassassin import Score, Unscored
from dispatch.render import Look, builtin_templates, render_edition
from dispatch.render.slots import Pieces, Rendered, RenderedEdition

TODAY = date(2026, 11, 25)
FRONT = {
    "subject": "Fewer cars, more trams at the harbour",
    "preheader": "The council decided on Tuesday; the first tram runs in May.",
}
BODY = """# Harbour: Fewer Cars, More Trams

The council voted on Tuesday to close the quay to cars from May. Eleven of nineteen members were in favour, four
against, and four stayed away. [The decision](https://www.example.com/decision) takes effect in spring.

## What Changes

Trams run every six minutes, and the last one leaves at one in the morning.
"""
NEWSLETTER = Newsletter(
    name="The Harbour",
    sender=Sender("The Harbour", "desk@harbour.news"),
    reply_to="desk@harbour.news",
    postal_address="1 Quay Street, Harbour",
    base_url="https://harbour.news",
)


@dataclass(frozen=True)
class Case:
    """An edition, in what it differs from a good one. ``front`` and ``body`` are the text's; ``edition`` and
    ``newsletter`` replace fields of theirs; ``html`` changes the page and ``message`` what goes out; ``readers`` are a
    list's rows."""

    body: str = BODY
    front: Mapping[str, str] = field(default_factory=dict)
    edition: Mapping[str, Any] = field(default_factory=dict)
    newsletter: Mapping[str, Any] = field(default_factory=dict)
    html: Callable[[str], str] | None = None
    text: Callable[[str], str] | None = None
    readers: Sequence[Mapping[str, str]] | None = None
    message: Callable[[bytes], bytes] | None = None
    signing: Signing = Signing(("harbour.news",))  # noqa: RUF009 -- frozen
    spam: Score | Unscored | None = None
    today: date = TODAY
    weights: Mapping[str, int] = field(default_factory=dict)
    """Octets of pictures that lie beside the text, by their address."""
    written: Mapping[str, str] = field(default_factory=dict)
    """Their authors' paths, by their address."""
    unusable: Sequence[DispatchError] = ()
    unknown_list: Found | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """What the web said."""


def proof_of(case: Case, folder: Path) -> Proof:
    """The proof of a case's edition; its text is ``folder``'s ``text.md``."""
    file = folder / "text.md"
    front = "".join(f"{key}: {value}\n" for key, value in {**FRONT, **case.front}.items() if value)
    file.write_text(f"---\n{front}---\n{case.body}", encoding="utf-8")
    return proof_of_file(file, case)


def proof_of_file(file: Path, case: Case | None = None) -> Proof:
    """The proof of the edition that a file makes; of ``case`` all counts but the text and its front matter."""
    case = case or Case()
    newsletter = replace(NEWSLETTER, **case.newsletter)
    reading = read_source(file, name=file.name, tagline=newsletter.tagline)
    options = ComposeOptions(tagline=newsletter.tagline, language=None, in_brief="source", today=TODAY)
    edition = replace(compose([reading], options).edition, **case.edition)
    columns = frozenset({"email", *(key for reader in case.readers or () for key in reader)})
    readers = case.readers
    rendered = render_edition(edition, _look(newsletter), theme_paths=[builtin_templates()])
    return Proof(
        edition=edition,
        rendered=_changed(rendered, case),
        newsletter=newsletter,
        today=case.today,
        audience=Audience("readers", columns, lambda: iter(readers)) if readers is not None else None,
        clients=("gmail", "apple-mail", "outlook", "yahoo", "samsung-email"),
        lines={key: Place(file.name, line) for key, line in reading.front_matter.lines.items()},
        signing=case.signing,
        build=partial(_message, edition, rendered, newsletter, case) if newsletter.sender is not None else None,
        related=lambda one, other: registered(one) == registered(other),
        spam=case.spam,
        weights=case.weights,
        written=case.written,
        unusable=tuple(case.unusable),
        dropped=dropped_links([reading]),
        unknown_list=case.unknown_list,
        answers=case.answers,
    )


def _message(edition: Edition, rendered: RenderedEdition, newsletter: Newsletter, case: Case) -> bytes:
    template = MessageTemplate.compile(rendered, headers_for(newsletter, "readers", edition))
    reader = Recipient("ann@example.org", {"email": "ann@example.org"}, "0123456789", "token")
    made = unstuff(template.build(reader, datetime.combine(case.today, time(7), UTC)))
    return case.message(made) if case.message is not None else made


def _look(newsletter: Newsletter) -> Look:
    return Look(
        newsletter_name=newsletter.name,
        tagline=newsletter.tagline,
        accent=newsletter.accent,
        theme="dispatch",
        postal_address=newsletter.postal_address,
        base_url=newsletter.base_url,
        sender_name=newsletter.sender.name if newsletter.sender else "",
        sender_address=newsletter.sender.address if newsletter.sender else "",
        way_out=newsletter.way_out,
    )


def _changed(rendered: RenderedEdition, case: Case) -> RenderedEdition:
    def pieces(of: Pieces, change: Callable[[str], str] | None) -> Pieces:
        return tuple(change(piece) if change is not None and isinstance(piece, str) else piece for piece in of)

    variants = {
        key: Rendered(pieces(each.html, case.html), pieces(each.text, case.text), each.subject)
        for key, each in rendered.variants.items()
    }
    return replace(rendered, variants=variants)

"""An edition's optional parts: its page on the web, answers and mail that readers send, where else it is found."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from dispatch.edition.model import Edition
from dispatch.render.chrome import Words
from dispatch.render.look import Look
from dispatch.render.richtext import clean


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link's words and where it leads (https or mailto)."""

    words: str
    url: str


def web_version(edition: Edition, look: Look) -> str | None:
    """The edition's address on the web, where the newsletter has such pages."""
    return _filled(look.web_version, edition) if look.web_version else None


def question(look: Look, words: Words) -> str:
    """What readers are asked below an edition."""
    return look.feedback_question or words.question


def answers(edition: Edition, look: Look, words: Words) -> list[Anchor]:
    """What readers may answer, each with its link; empty where nobody asks them."""
    to = look.feedback_to
    if to is None:
        return []
    offered = look.feedback_answers or words.answers
    if "://" in to:
        return [Anchor(answer, _filled(to, edition, answer)) for answer in offered]
    return [Anchor(answer, _mail(to, f"{answer} – {clean(edition.title)}")) for answer in offered]


def more(edition: Edition, look: Look, words: Words) -> list[Anchor]:
    """The links below an edition: to send it on, and to where else the newsletter is found."""
    page = web_version(edition, look)
    body = "\r\n".join(filter(None, (clean(edition.title), page)))
    forward = [Anchor(words.forward, _mail("", clean(edition.subject), body))] if look.forward else []
    return [*forward, *(Anchor(name, url) for name, url in look.social)]


def _filled(template: str, edition: Edition, answer: str = "") -> str:
    values = {"slug": edition.slug, "date": edition.date.isoformat(), "answer": answer}
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template


def _mail(to: str, subject: str, body: str = "") -> str:
    """A mailto URL (RFC 6068); line ends in ``body`` are CR LF."""
    fields = [f"subject={quote(subject, safe='')}", *([f"body={quote(body, safe='')}"] if body else [])]
    return f"mailto:{quote(to, safe='@')}?{'&'.join(fields)}"

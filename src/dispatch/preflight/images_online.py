"""Pictures, by what the web says when it is asked (``dispatch check --online``)."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.online.answer import Answer, Failure, asked_as
from dispatch.pictures.measure import measure
from dispatch.pictures.picture import COLUMN, WIDEST
from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.images import images_of
from dispatch.preflight.links_online import UNANSWERED, Asked, asked_of
from dispatch.preflight.proof import Proof

rules = Rules(Group.IMAGES, online=True)

_BUSY = frozenset({429, 999})
"""Refusals that are about who asks, and how often."""
_UNSHOWN = {"image/webp": "WebP", "image/avif": "AVIF", "image/svg+xml": "SVG", "image/heic": "HEIC"}


@rules.rule(
    "image-gone",
    Severity.ERROR,
    "A picture is not on the web",
    why="Every reader sees an empty frame where it should be.",
    mend="Publish it, or mend its address. Mail programs and their proxies fetch it without a login.",
)
def image_gone(proof: Proof) -> Iterator[Found]:
    """With `--online`: pictures whose server answers with anything but the picture (404, 403 and the like), whose site
    does not exist or has no certificate to be trusted. `dispatch send` asks for the pictures that it has published."""
    for asked in _pictures(proof):
        if why := why_not_there(asked.answer):
            yield asked.found(f"{asked.url} {why}.")


def why_not_there(answer: Answer) -> str | None:
    """Why readers would not get a picture, as the end of a sentence; ``None`` where it is there, or may be."""
    status = answer.status
    if answer.failure is Failure.NO_HOST:
        return "has a site that does not exist"
    if answer.failure is Failure.ENCRYPTION:
        return f"cannot be trusted: {answer.said or 'its encryption fails'}"
    if answer.is_there and answer.kind and not answer.kind.startswith(("image/", "application/octet-stream")):
        return f"is no picture ({answer.kind})"
    refused = status is not None and status < 500 and status not in _BUSY and not answer.is_there
    return f"is not there ({status})" if refused else None


@rules.rule(
    "image-unanswered",
    Severity.WARNING,
    "A picture's site does not answer",
    why="While it is down, readers see an empty frame.",
    mend="Check again before the edition goes, or move the picture.",
)
def image_unanswered(proof: Proof) -> Iterator[Found]:
    """With `--online`: sites that answer with an error of their own (5xx), not in time or not at all; and pictures that
    were not asked for, because they lie in a private network or the time was over."""
    for asked in _pictures(proof):
        if why := why_unanswered(asked.answer):
            yield asked.found(f"{asked.url}: {why}.")


def why_unanswered(answer: Answer) -> str | None:
    """Why it is not known whether a picture is there; ``None`` where it is known."""
    if answer.failure in UNANSWERED:
        return UNANSWERED[answer.failure]
    if answer.failure is Failure.PRIVATE:
        return "it lies in a private network and was not asked for"
    if answer.failure is Failure.NOT_ASKED:
        return "it was not asked for, the time was over"
    if answer.status in _BUSY:
        return f"its site does not answer programs ({answer.status})"
    return f"its site answers with an error ({answer.status})" if (answer.status or 0) >= 500 else None


@rules.rule(
    "image-kind",
    Severity.WARNING,
    "A picture on the web is of a kind that mail programs do not show",
    why="Outlook shows no WebP, and hardly any mail program shows SVG, AVIF or HEIC.",
    mend="Use PNG or JPEG; or put the file beside the text, and Dispatch makes one of it.",
)
def image_kind(proof: Proof) -> Iterator[Found]:
    """With `--online`: what the server says that a picture is, whatever its name says."""
    for asked in _pictures(proof):
        if asked.answer.is_there and asked.answer.kind in _UNSHOWN:
            yield asked.found(f"{asked.url} is {_UNSHOWN[asked.answer.kind]}.")


@rules.rule(
    "image-dimensions",
    Severity.WARNING,
    "A picture on the web is too small or far too large for its place",
    why="Classic Outlook stretches a small one to the column's width; a large one has pixels that no screen shows.",
    mend=f"Save it {COLUMN} to {WIDEST:,} pixels wide; or put the file beside the text, and Dispatch does it.",
)
def image_dimensions(proof: Proof) -> Iterator[Found]:
    """With `--online`: authors' pictures on the web, as far as their first 64 KB say their size: narrower than the
    column (536 pixels), or more than twice as wide as a sharp screen shows (2,144)."""
    known = {asked_as(image.src) for image, _ in images_of(proof) if image.width is None}
    for asked in _pictures(proof):
        size = measure(asked.answer.head) if asked.url in known and asked.answer.head else None
        if size is not None and not COLUMN <= size[0] <= 2 * WIDEST:
            yield asked.found(f"{asked.url} has {size[0]:,} × {size[1]:,} pixels.")


def _pictures(proof: Proof) -> list[Asked]:
    written = ((image.src, place) for image, place in images_of(proof))
    return proof.once("asked pictures", lambda: list(asked_of(proof, written, "img", "src")))

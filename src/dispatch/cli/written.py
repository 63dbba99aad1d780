"""What ``dispatch compose`` leaves behind: an edition's four files, and a picked headline in its seed."""

from __future__ import annotations

import shutil
from datetime import datetime
from html import escape
from pathlib import Path

from dispatch.cli.files import write_atomically, write_together
from dispatch.cli.pictures import Pictures
from dispatch.config.settings import Newsletter
from dispatch.edition.codec import dumps
from dispatch.edition.compose import Composition, SuggestionKind
from dispatch.edition.model import Edition
from dispatch.edition.sources.decode import byte_order_mark, decode_raw, raw_bytes
from dispatch.edition.sources.front_matter import write_front_matter
from dispatch.errors import Place, SourceError
from dispatch.message.headers import HeaderFields
from dispatch.message.template import MessageTemplate, Recipient, unstuff
from dispatch.render.compile import inert, preview
from dispatch.render.slots import Pieces, Rendered, RenderedEdition, Slot

NO_SENDER = "newsletter@example.invalid"
"""Stands in for a sender where none is set; RFC 2606 keeps the domain from ever existing."""
COPIES = "pictures"
"""The folder beside a page that has the pictures which it shows."""


def write_edition(
    folder: Path,
    edition: Edition,
    rendered: RenderedEdition,
    newsletter: Newsletter,
    now: datetime,
    pictures: Pictures,
) -> tuple[Path, ...]:
    """Write ``edition.html``, ``.txt``, ``.eml`` and ``.json`` into ``folder/SLUG``; each is whole or unchanged.

    The page shows ``pictures`` from copies beside it: they are on the web only once the edition is sent. A new folder
    is not left behind where one of the files could not be written.
    """
    home = folder / edition.slug
    shown = rendered.variants[rendered.key_for({})]
    contents = {
        "html": _with_copies(preview(shown.html), pictures).encode(),
        "txt": preview(shown.text).encode(),
        "eml": message(edition, rendered, newsletter, now),
        "json": f"{dumps(edition)}\n".encode(),
    }
    paths = {home / f"edition.{suffix}": content for suffix, content in contents.items()}
    copies = {home / COPIES / one.name: one.picture.content for one in pictures.by_address.values()}
    new = not home.exists()
    (home / COPIES if copies else home).mkdir(parents=True, exist_ok=True)
    try:
        write_together(copies | paths)
    except BaseException:
        if new:
            # An edition that lacks a file would be taken for a whole one.
            shutil.rmtree(home, ignore_errors=True)
        raise
    return tuple(paths)


def _with_copies(html: str, pictures: Pictures) -> str:
    # An address ends in a digest of the picture, so that it stands in the page for nothing else.
    for address, local in pictures.by_address.items():
        html = html.replace(f'src="{escape(address)}"', f'src="{COPIES}/{local.name}"')
    return html


def message(edition: Edition, rendered: RenderedEdition, newsletter: Newsletter, now: datetime) -> bytes:
    """The edition as a whole message to nobody, to look at in a mail program; its unsubscribe link leads nowhere."""
    address = newsletter.sender.address if newsletter.sender else NO_SENDER
    headers = HeaderFields(
        sender_name=newsletter.sender.name if newsletter.sender else newsletter.name,
        sender_address=address,
        reply_to=newsletter.reply_to,
        list_id=f"{newsletter.name} <preview.{address.rpartition('@')[2]}>",
        language=edition.language,
        unsubscribe_mailbox=None,
        base_url=None,
        feedback_id=None,
    )
    variants = {
        key: Rendered(_inert(each.html), _inert(each.text), each.subject) for key, each in rendered.variants.items()
    }
    still = RenderedEdition(variants, rendered.fields, rendered.values, rendered.used)
    nobody = Recipient("reader@example.invalid", {}, f"preview.{edition.slug}", "")
    return unstuff(MessageTemplate.compile(still, headers).build(nobody, now))


def _inert(pieces: Pieces) -> Pieces:
    return tuple((inert(piece) or piece) if isinstance(piece, Slot) else piece for piece in pieces)


def keep_pick(source: Path, composition: Composition) -> None:
    """Write the picked headline into the seed's front matter; the rest of the file stays byte for byte.

    A headline that the source has itself stays its headline: then only the subject is written.
    """
    chosen = composition.chosen
    updates = {"subject": chosen.subject}
    if composition.suggestions[0].kind is not SuggestionKind.GIVEN:
        updates = {"title": chosen.text, **updates}
    name = composition.readings[0].name
    data = raw_bytes(source, name)
    text, codec = decode_raw(data, name)
    if codec == "mixed":
        raise SourceError(
            "Parts of this file are UTF-8 and parts Windows-1252, so nothing can be written into it safely.",
            place=Place(name),
            hint="Save it as UTF-8, then pick again.",
        )
    written = write_front_matter(text, updates, name)
    try:
        encoded = written.encode(codec)
    except UnicodeEncodeError:
        raise SourceError(
            f"The picked headline has letters that this file's encoding ({codec}) lacks.",
            place=Place(name),
            hint="Save the file as UTF-8, then pick again.",
        ) from None
    write_atomically(source, byte_order_mark(data) + encoded)

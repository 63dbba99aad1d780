"""Markdown's inline tokens → texts with marks, and the images that stand among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from markdown_it.token import Token

from dispatch.edition.model import Image, MarkKind, Text
from dispatch.edition.sources.html_marks import InlineTags, add_image, safe_link
from dispatch.edition.sources.text_builder import TextBuilder

_WORDS = frozenset({"text", "text_special"})
_MARKS: Mapping[str, MarkKind] = {
    "em": MarkKind.EMPHASIS,
    "strong": MarkKind.STRONG,
    "s": MarkKind.STRIKE,
    "link": MarkKind.LINK,
}


def inline_pieces(tokens: Sequence[Token], line: int | None) -> list[Text | Image]:
    """The texts (never blank) and images that an inline token's children show, in order."""
    builder = TextBuilder()
    tags = InlineTags(builder)
    for words, run in groupby(tokens, lambda token: token.type in _WORDS):
        if words and not tags.dropping:
            # As one, or an address that holds an entity ("?a=1&amp;b=2") would become two links.
            builder.add("".join(token.content for token in run), links=True)
            continue
        for token in run:
            if token.type == "html_inline":
                tags.feed(token.content)
            elif not tags.dropping:
                _add(builder, token, line)
    return builder.finish()


def plain(tokens: Sequence[Token]) -> str:
    """The words of inline tokens, those of images included."""
    pieces = inline_pieces(tokens, None)
    return " ".join(piece.alt if isinstance(piece, Image) else piece.text.replace("\n", " ") for piece in pieces)


def _add(builder: TextBuilder, token: Token, line: int | None) -> None:
    match token.type:
        case "softbreak":
            builder.space()
        case "hardbreak":
            builder.line_break()
        case "code_inline":
            builder.open(MarkKind.CODE)
            builder.add(token.content)
            builder.close(MarkKind.CODE)
        case "footnote_ref":
            builder.footnote(footnote_label(token))
        case "image":
            src, title = (str(token.attrs.get(name, "")) for name in ("src", "title"))
            add_image(builder, src, plain(token.children or []), title, line)
        case _:
            _add_mark(builder, token)


def _add_mark(builder: TextBuilder, token: Token) -> None:
    kind = _MARKS.get(token.type.removesuffix("_open").removesuffix("_close"))
    if kind is None:
        builder.add(token.content)
    elif token.nesting == 1:
        href = token.attrs.get("href")
        builder.open(kind, safe_link(str(href)) if kind is MarkKind.LINK and href else None)
    else:
        builder.close(kind)


def footnote_label(token: Token) -> str:
    """The number that readers see: footnotes are counted in the order in which they are first referred to."""
    return str(int(token.meta["id"]) + 1)

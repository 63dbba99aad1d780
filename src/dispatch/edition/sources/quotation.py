"""Block quotations of Markdown and HTML: whose words they are, and what they say."""

from __future__ import annotations

from dispatch.edition.model import (
    Block,
    Code,
    Divider,
    Heading,
    Image,
    List,
    MarkKind,
    Paragraph,
    Points,
    Preformatted,
    Quote,
    Table,
    Text,
)
from dispatch.edition.sources.text_builder import joined, part, trimmed
from dispatch.edition.sources.wire.quotes import split_attribution, split_quotation, unquoted

_BOUND = (MarkKind.FOOTNOTE, MarkKind.LINK, MarkKind.MERGE)
"""Marks that an attribution, which is plain text, would lose."""


def make_quote(blocks: list[Block], line: int | None) -> Quote | None:
    """The blocks as a quotation; a last line "— Name, role" is its attribution."""
    blocks, attribution, role = _split_attribution(blocks)
    if not blocks:
        return Quote(Text(attribution), line=line) if attribution else None
    if len(blocks) > 1 or not isinstance(blocks[0], Paragraph):
        return Quote(flat(blocks), tuple(blocks), attribution=attribution, role=role, line=line)
    text = blocks[0].text
    said = split_quotation(text.text) if not attribution and not text.marks else None
    if said and said.attribution:
        return Quote(Text(said.words), attribution=said.attribution, role=said.role, verb=said.verb, line=line)
    words = unquoted(text.text)
    if words != text.text:
        text = trimmed(part(text, 1, len(text.text) - 1))
    return Quote(text, attribution=attribution, role=role, line=line)


def _split_attribution(blocks: list[Block]) -> tuple[list[Block], str | None, str | None]:
    last = blocks[-1] if blocks else None
    if not isinstance(last, Paragraph):
        return blocks, None, None
    words, end, tail = last.text.text.rpartition("\n")
    if not end and len(blocks) == 1:
        return blocks, None, None
    named = split_attribution(tail.strip())
    start = len(words) + len(end)
    if named is None or any(mark.end > start and mark.kind in _BOUND for mark in last.text.marks):
        return blocks, None, None
    rest = trimmed(part(last.text, 0, len(words)))
    kept = [Paragraph(rest, line=last.line)] if rest.text else []
    return [*blocks[:-1], *kept], *named


def flat(blocks: list[Block] | tuple[Block, ...]) -> Text:
    """All the words of some blocks as one text, a line for each block."""
    return joined((text for text in map(_flat, blocks) if text.text.strip()), "\n")


def _flat(block: Block) -> Text:
    match block:
        case Paragraph() | Heading():
            return block.text
        case Code() | Preformatted():
            return Text(block.text)
        case Points():
            return joined((joined((Text(f"{item.label}:"), item.text), " ") for item in block.items), "\n")
        case List():
            return joined((flat(item.blocks) for item in block.items), "\n")
        case Quote():
            said = " ".join(filter(None, (block.verb, block.attribution)))
            return joined(filter(lambda text: text.text, (block.text, Text(said and f"— {said}"))), "\n")
        case Image():
            return joined(filter(lambda text: text.text, (Text(block.alt), block.caption or Text(""))), "\n")
        case Table():
            rows = (row for row in (block.header, *block.rows) if row)
            return joined((joined((cell for cell in row if cell.text), " · ") for row in rows), "\n")
        case Divider():
            return Text("")

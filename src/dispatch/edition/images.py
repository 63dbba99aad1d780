"""Changing an edition's images where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from dispatch.edition.model import Block, Image, List, Quote
from dispatch.edition.reading import Reading


def with_images(reading: Reading, change: Callable[[Image], Image]) -> Reading:
    """The reading with each of its images as ``change`` makes it, in stories and footnotes, however deep."""
    story = replace(reading.story, blocks=_changed(reading.story.blocks, change))
    notes = tuple(replace(note, blocks=_changed(note.blocks, change)) for note in reading.footnotes)
    return replace(reading, story=story, footnotes=notes)


def _changed(blocks: Iterable[Block], change: Callable[[Image], Image]) -> tuple[Block, ...]:
    return tuple(_block(block, change) for block in blocks)


def _block(block: Block, change: Callable[[Image], Image]) -> Block:
    match block:
        case Image():
            return change(block)
        case List(items=items):
            return replace(block, items=tuple(replace(item, blocks=_changed(item.blocks, change)) for item in items))
        case Quote(blocks=inner) if inner:
            return replace(block, blocks=_changed(inner, change))
        case _:
            return block

"""The sample editions hold all that an edition may hold, so that a theme that shows them all shows everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from dispatch.edition import model
from dispatch.edition.model import Block, List, MarkKind, Paragraph, Quote
from dispatch.edition.samples import samples


def blocks_within(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Quote):
            yield from blocks_within(block.blocks)
        if isinstance(block, List):
            yield from blocks_within([inner for item in block.items for inner in item.blocks])


BLOCKS = [block for sample in samples() for story in sample.edition.stories for block in blocks_within(story.blocks)]


def test_every_kind_of_block_is_there() -> None:
    assert {type(block) for block in BLOCKS} == set(get_args(model.Block))


def test_every_kind_of_mark_is_there() -> None:
    marks = [mark for block in BLOCKS if isinstance(block, Paragraph) for mark in block.text.marks]
    assert {mark.kind for mark in marks} == set(MarkKind)


def test_every_shape_of_edition_is_there() -> None:
    editions = [sample.edition for sample in samples()]
    assert {len(edition.stories) > 1 for edition in editions} == {True, False}
    assert {edition.direction for edition in editions} == {"ltr", "rtl"}
    assert {None if edition.in_brief is None else edition.in_brief.generated for edition in editions} == {
        None,
        True,
        False,
    }
    assert {bool(edition.footnotes) for edition in editions} == {True, False}
    assert {bool(edition.tagline) for edition in editions} == {True, False}
    assert {edition.sponsor is None for edition in editions} == {True, False}
    assert {edition.number is None for edition in editions} == {True, False}
    stories = [story for edition in editions for story in edition.stories]
    for part in ("dateline", "byline"):
        assert {getattr(story, part) is None for story in stories} == {True, False}


def test_the_samples_have_names_of_their_own() -> None:
    names = [sample.name for sample in samples()]
    assert len(set(names)) == len(names)
    assert sum(sample.bare for sample in samples()) == 1

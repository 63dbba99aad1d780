"""Several sources in one edition: one row of footnotes, one In Brief box."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dispatch.edition.composing.passages import map_blocks, map_box, map_footnotes, rewrite_marks
from dispatch.edition.model import InBrief, Mark, MarkKind, Text
from dispatch.edition.reading import Reading


def renumbered(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """``readings`` with their footnotes numbered through, where labels of different sources would clash."""
    labels = [note.label for reading in readings for note in reading.footnotes]
    if len(set(labels)) == len(labels):
        return tuple(readings)
    numbered: list[Reading] = []
    last = 0
    for reading in readings:
        new = {note.label: str(last + index) for index, note in enumerate(reading.footnotes, 1)}
        last += len(new)
        numbered.append(_relabelled(reading, new))
    return tuple(numbered)


def _relabelled(reading: Reading, labels: Mapping[str, str]) -> Reading:
    change = _relabeller(labels)
    notes = tuple(replace(note, label=labels[note.label]) for note in reading.footnotes)
    return replace(
        reading,
        story=replace(reading.story, blocks=map_blocks(reading.story.blocks, change)),
        in_brief=map_box(reading.in_brief, change) if reading.in_brief else None,
        footnotes=map_footnotes(notes, change),
    )


def _relabeller(labels: Mapping[str, str]) -> Callable[[Text], Text]:
    def relabel(mark: Mark, shown: str) -> Mark | tuple[Mark, str]:
        if mark.kind is not MarkKind.FOOTNOTE or mark.target is None or mark.target not in labels:
            return mark
        new = labels[mark.target]
        return replace(mark, target=new), shown.replace(mark.target, new, 1)

    return lambda text: rewrite_marks(text, relabel)


def merged_box(boxes: Sequence[InBrief]) -> InBrief | None:
    """The sources' own boxes as one: their titles joined where they differ, their items in order."""
    if not boxes:
        return None
    titles = list(dict.fromkeys(box.title for box in boxes if box.title))
    items = tuple(item for box in boxes for item in box.items)
    return replace(boxes[0], title=" · ".join(titles), items=items)

"""``edition.json``: an edition as JSON and back, exactly. The format is documented in ``docs/edition-json.md``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dispatch.edition.codec_read import read_edition
from dispatch.edition.json_value import JsonValue
from dispatch.edition.model import (
    Block,
    Code,
    Divider,
    Edition,
    Footnote,
    Heading,
    Image,
    InBrief,
    InBriefItem,
    List,
    Mark,
    Paragraph,
    Point,
    Points,
    Preformatted,
    Quote,
    Sponsor,
    Story,
    Table,
    Text,
)
from dispatch.errors import Place, SourceError

Json = dict[str, Any]


def to_json(edition: Edition) -> Json:
    """``edition`` as JSON's own types, keys in the documented order."""
    return {
        "version": edition.version,
        "slug": edition.slug,
        "number": edition.number,
        "title": edition.title,
        "subject": edition.subject,
        "subject_alternatives": list(edition.subject_alternatives),
        "preheader": edition.preheader,
        "date": edition.date.isoformat(),
        "language": edition.language,
        "direction": edition.direction,
        "reading_minutes": edition.reading_minutes,
        "tagline": edition.tagline,
        "stories": [_story(story) for story in edition.stories],
        "in_brief": _in_brief(edition.in_brief) if edition.in_brief else None,
        "footnotes": [_footnote(note) for note in edition.footnotes],
        **({"sponsor": _sponsor(edition.sponsor)} if edition.sponsor else {}),
    }


def dumps(edition: Edition) -> str:
    """``edition`` as the text of an ``edition.json``, indented for people and for ``diff``."""
    return json.dumps(to_json(edition), ensure_ascii=False, indent=2)


def from_json(data: object, name: str = "edition.json") -> Edition:
    """The edition that ``data`` (JSON's own types) holds.

    Raises :class:`SourceError` with the path of the first wrong value (``stories[0].blocks[3].kind``); ``name`` is
    the file's name for people.
    """
    try:
        return read_edition(JsonValue(data, "", name))
    except RecursionError:
        raise SourceError("This edition is nested too deeply to be one.", place=Place(name)) from None


def loads(text: str, name: str = "edition.json") -> Edition:
    """The edition in the text of an ``edition.json``."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(f"This is not JSON: {error.msg}.", place=Place(name, error.lineno)) from None
    except (RecursionError, ValueError) as error:
        raise SourceError(f"This JSON cannot be read: {error}.", place=Place(name)) from None
    return from_json(data, name)


def _sponsor(sponsor: Sponsor) -> Json:
    return {"name": sponsor.name, "text": sponsor.text, "link": sponsor.link, "image": sponsor.image}


def _story(story: Story) -> Json:
    return {
        "title": story.title,
        "title_made": story.title_made,
        "dateline": story.dateline,
        "byline": story.byline,
        "source": story.source,
        **_line(story.line),
        "blocks": _blocks(story.blocks),
    }


def _in_brief(box: InBrief) -> Json:
    return {
        "label": box.label,
        "title": box.title,
        "items": [_labelled(item) for item in box.items],
        "generated": box.generated,
        **_line(box.line),
    }


def _footnote(note: Footnote) -> Json:
    return {"label": note.label, "blocks": _blocks(note.blocks)}


def _labelled(item: Point | InBriefItem) -> Json:
    return {"label": item.label, **_text(item.text), **_line(item.line)}


def _blocks(blocks: Iterable[Block]) -> list[Json]:
    return [{**_block(block), **_line(block.line)} for block in blocks]


def _block(block: Block) -> Json:
    match block:
        case Paragraph():
            return {"kind": "paragraph", **_text(block.text)}
        case Heading():
            return {"kind": "heading", "level": block.level, **_text(block.text)}
        case Points():
            return {"kind": "points", "items": [_labelled(point) for point in block.items]}
        case List():
            items = [_blocks(item.blocks) for item in block.items]
            return {"kind": "list", "ordered": block.ordered, "start": block.start, "items": items}
        case Quote():
            return {
                "kind": "quote",
                **_text(block.text),
                "blocks": _blocks(block.blocks),
                "attribution": block.attribution,
                "role": block.role,
                "verb": block.verb,
            }
        case Image():
            caption = _text(block.caption, "caption") if block.caption is not None else {"caption": None}
            size = {"width": block.width, "height": block.height} if block.width and block.height else {}
            return {"kind": "image", "src": block.src, "alt": block.alt, **caption, "link": block.link, **size}
        case Code():
            return {"kind": "code", "text": block.text, "language": block.language}
        case Table():
            return {"kind": "table", **_table(block)}
        case Preformatted():
            return {"kind": "preformatted", "text": block.text}
        case Divider():
            return {"kind": "divider"}


def _table(table: Table) -> Json:
    numbered: list[tuple[int | None, tuple[Text, ...]]] = [(None, table.header), *enumerate(table.rows)]
    marks = [
        {"row": row, "column": column, **_mark(mark)}
        for row, cells in numbered
        for column, cell in enumerate(cells)
        for mark in cell.marks
    ]
    return {
        "header": [cell.text for cell in table.header],
        "rows": [[cell.text for cell in row] for row in table.rows],
        "align": list(table.align),
        **({"marks": marks} if marks else {}),
    }


def _text(text: Text, key: str = "text") -> Json:
    marks = [_mark(mark) for mark in text.marks]
    beside = "marks" if key == "text" else f"{key}_marks"
    return {key: text.text, **({beside: marks} if marks else {})}


def _mark(mark: Mark) -> Json:
    beside = {"target": mark.target, "default": mark.default}
    return {
        "kind": mark.kind.value,
        "start": mark.start,
        "end": mark.end,
        **{key: value for key, value in beside.items() if value is not None},
    }


def _line(line: int | None) -> Json:
    return {} if line is None else {"line": line}

"""Reading ``edition.json``: every wrong value is an error that names its path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Literal

from dispatch.edition.json_value import JsonValue
from dispatch.edition.model import (
    EDITION_VERSION,
    Block,
    Code,
    Direction,
    Divider,
    Edition,
    Footnote,
    Heading,
    Image,
    InBrief,
    InBriefItem,
    List,
    ListItem,
    Mark,
    MarkKind,
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


def read_edition(value: JsonValue) -> Edition:
    """The edition; :class:`SourceError` at the first wrong value."""
    version = value.field("version").number(1)
    if version > EDITION_VERSION:
        raise value.field("version").error(
            f"this edition is of version {version}; this Dispatch reads up to {EDITION_VERSION}.",
            "Upgrade Dispatch, or compose the edition again from its source.",
        )
    got = value.fields(
        "version slug number title subject subject_alternatives preheader date language direction reading_minutes "
        "tagline stories in_brief footnotes",
        "sponsor",
    )
    return Edition(
        version=version,
        slug=got["slug"].of(str),
        number=got["number"].or_none(int),
        title=got["title"].of(str),
        subject=got["subject"].of(str),
        subject_alternatives=got["subject_alternatives"].each(lambda item: item.of(str)),
        preheader=got["preheader"].of(str),
        date=_date(got["date"]),
        language=got["language"].of(str),
        direction=_direction(got["direction"]),
        reading_minutes=got["reading_minutes"].number(1),
        tagline=got["tagline"].of(str),
        stories=got["stories"].each(_story),
        in_brief=None if got["in_brief"].value is None else _in_brief(got["in_brief"]),
        footnotes=got["footnotes"].each(_footnote),
        sponsor=None if got["sponsor"].value is None else _sponsor(got["sponsor"]),
    )


def _date(value: JsonValue) -> date:
    try:
        return date.fromisoformat(value.of(str))
    except ValueError:
        raise value.error("must be a date such as 2026-11-24.") from None


def _direction(value: JsonValue) -> Direction:
    direction: Direction = "rtl" if value.one_of("ltr", "rtl") == "rtl" else "ltr"
    return direction


def _story(value: JsonValue) -> Story:
    got = value.fields("title dateline byline blocks", "title_made source line")
    return Story(
        title=got["title"].of(str),
        blocks=got["blocks"].each(_block),
        dateline=got["dateline"].or_none(str),
        byline=got["byline"].or_none(str),
        title_made=bool(got["title_made"].or_none(bool)),
        source=got["source"].or_none(str),
        line=_line(got),
    )


def _sponsor(value: JsonValue) -> Sponsor:
    got = value.fields("name", "text link image")
    return Sponsor(
        name=got["name"].of(str),
        text=got["text"].or_none(str) or "",
        link=got["link"].or_none(str),
        image=got["image"].or_none(str),
    )


def _in_brief(value: JsonValue) -> InBrief:
    got = value.fields("label title items generated", "line")
    return InBrief(
        label=got["label"].of(str),
        title=got["title"].of(str),
        items=got["items"].each(_in_brief_item),
        generated=got["generated"].of(bool),
        line=_line(got),
    )


def _in_brief_item(value: JsonValue) -> InBriefItem:
    got = value.fields("label text", "marks line")
    return InBriefItem(label=got["label"].or_none(str), text=_text(got), line=_line(got))


def _footnote(value: JsonValue) -> Footnote:
    got = value.fields("label blocks")
    return Footnote(label=got["label"].of(str), blocks=got["blocks"].each(_block))


def _line(got: dict[str, JsonValue]) -> int | None:
    return None if got["line"].value is None else got["line"].number(1)


def _text(got: dict[str, JsonValue], key: Literal["text", "caption"] = "text") -> Text:
    text = got[key].of(str)
    marks = got["marks" if key == "text" else "caption_marks"]
    return _marked(text, () if marks.value is None else marks.each(_mark), marks)


def _mark(value: JsonValue, also: str = "") -> Mark:
    got = value.fields(f"kind start end {also}", "target default")
    return Mark(
        kind=MarkKind(got["kind"].one_of(*MarkKind)),
        start=got["start"].number(0),
        end=got["end"].number(0),
        target=got["target"].or_none(str),
        default=got["default"].or_none(str),
    )


def _marked(text: str, marks: tuple[Mark, ...], at: JsonValue) -> Text:
    """``text`` with ``marks``, which must lie inside it and may nest but never cross."""
    open_ends: list[int] = []
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end)):
        if not mark.start <= mark.end <= len(text):
            raise at.error(f"a mark from {mark.start} to {mark.end} lies outside its text of {len(text)} characters.")
        while open_ends and open_ends[-1] <= mark.start:
            open_ends.pop()
        if open_ends and mark.end > open_ends[-1]:
            raise at.error(f"the mark from {mark.start} to {mark.end} crosses another.")
        open_ends.append(mark.end)
    return Text(text, marks)


def _paragraph(value: JsonValue) -> Paragraph:
    got = value.fields("kind text", "marks line")
    return Paragraph(_text(got), line=_line(got))


def _heading(value: JsonValue) -> Heading:
    got = value.fields("kind level text", "marks line")
    return Heading(got["level"].number(1, 6), _text(got), line=_line(got))


def _points(value: JsonValue) -> Points:
    got = value.fields("kind items", "line")
    return Points(got["items"].each(_point), line=_line(got))


def _point(value: JsonValue) -> Point:
    got = value.fields("label text", "marks line")
    return Point(got["label"].of(str), _text(got), line=_line(got))


def _list(value: JsonValue) -> List:
    got = value.fields("kind ordered items", "start line")
    start = 1 if got["start"].value is None else got["start"].number(0)
    items = got["items"].each(lambda item: ListItem(item.each(_block)))
    return List(got["ordered"].of(bool), items, start=start, line=_line(got))


def _quote(value: JsonValue) -> Quote:
    got = value.fields("kind text blocks attribution role", "verb marks line")
    return Quote(
        _text(got),
        blocks=got["blocks"].each(_block),
        attribution=got["attribution"].or_none(str),
        role=got["role"].or_none(str),
        verb=got["verb"].or_none(str),
        line=_line(got),
    )


def _image(value: JsonValue) -> Image:
    got = value.fields("kind src alt caption", "caption_marks link line width height")
    caption = None if got["caption"].value is None else _text(got, "caption")
    width, height = (None if got[name].value is None else got[name].number(1) for name in ("width", "height"))
    return Image(
        got["src"].of(str),
        got["alt"].of(str),
        caption=caption,
        line=_line(got),
        link=got["link"].or_none(str),
        width=width,
        height=height,
    )


def _code(value: JsonValue) -> Code:
    got = value.fields("kind text", "language line")
    return Code(got["text"].of(str), language=got["language"].or_none(str), line=_line(got))


def _table(value: JsonValue) -> Table:
    got = value.fields("kind header rows", "align marks line")
    marks: defaultdict[tuple[int | None, int], list[Mark]] = defaultdict(list)
    places = () if got["marks"].value is None else got["marks"].each(_cell_mark)
    for cell, mark in places:
        marks[cell].append(mark)

    def cells(row: JsonValue, number: int | None) -> tuple[Text, ...]:
        texts = row.each(lambda cell: cell.of(str))
        return tuple(
            _marked(text, tuple(marks.pop((number, column), ())), got["marks"]) for column, text in enumerate(texts)
        )

    header = cells(got["header"], None)
    row_values = got["rows"].each(lambda row: row)
    rows = tuple(cells(row, number) for number, row in enumerate(row_values))
    if marks:
        raise got["marks"].error("a mark stands in a cell that the table does not have.")
    align = () if got["align"].value is None else got["align"].each(lambda word: word.one_of("start", "center", "end"))
    return Table(header, rows, align=align, line=_line(got))


def _cell_mark(value: JsonValue) -> tuple[tuple[int | None, int], Mark]:
    row = value.field("row").or_none(int)
    return (row, value.field("column").number(0)), _mark(value, "row column")


def _preformatted(value: JsonValue) -> Preformatted:
    got = value.fields("kind text", "line")
    return Preformatted(got["text"].of(str), line=_line(got))


def _divider(value: JsonValue) -> Divider:
    return Divider(line=_line(value.fields("kind", "line")))


_READERS: dict[str, Callable[[JsonValue], Block]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "points": _points,
    "list": _list,
    "quote": _quote,
    "image": _image,
    "code": _code,
    "table": _table,
    "preformatted": _preformatted,
    "divider": _divider,
}


def _block(value: JsonValue) -> Block:
    value.of(dict)
    return _READERS[value.field("kind").one_of(*_READERS)](value)

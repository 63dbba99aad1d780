"""Fields of the readers: what each of them would really see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from dispatch.edition.model import Mark, MarkKind
from dispatch.errors import Place
from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.proof import Proof
from dispatch.render.slots import Pieces, Slot

rules = Rules(Group.MERGE)

_LONG = 60
"""Characters of a value that was meant to be a name or a place."""


class _Fault(Enum):
    """What a field's value may be for a reader, other than ordinary."""

    BLANK = "blank"
    LONG = "long"
    MARKED = "marked"


@dataclass(slots=True)
class _Tally:
    """How many readers there are; by fault and field, how many have it, and the address of the first who does."""

    readers: int = 0
    counts: Counter[tuple[_Fault, str]] = field(default_factory=Counter)
    first: dict[tuple[_Fault, str], str] = field(default_factory=dict)

    def having(self, fault: _Fault, name: str) -> str | None:
        """ "3 of 9 readers, first ann@example.org, have"; ``None`` where nobody has."""
        number = self.counts[fault, name]
        if not number:
            return None
        return f"{number:,} of {self.readers:,} readers (the first is {self.first[fault, name]}) have"


@rules.rule(
    "merge-unknown",
    Severity.ERROR,
    "A field is not in the list",
    why="Nobody has a value for it: every reader sees its default, or a gap.",
    mend="Name a column of the list's file, or add it there.",
)
def merge_unknown(proof: Proof) -> Iterator[Found]:
    """Fields in the text or the theme that are no column of the list."""
    if proof.audience is not None:
        for name in sorted(proof.rendered.used - proof.audience.columns):
            yield Found(f"List {proof.audience.name} has no column “{name}”.", _first_use(proof, name))


def _first_use(proof: Proof, name: str) -> Place | None:
    """Where the text asks for a field; a theme that does has no place here."""
    asking = (each.place for each in proof.stretches for mark in each.text.marks if _asks(mark, name))
    return next(asking, None)


def _asks(mark: Mark, name: str) -> bool:
    return mark.kind is MarkKind.MERGE and mark.target == name


@rules.rule(
    "merge-blank",
    Severity.WARNING,
    "Some readers would see a gap",
    why="“Dear ,” tells a reader that nobody meant them.",
    mend="Give the field a default: `{{ recipient.name | default('reader') }}`; or fill the column.",
)
def merge_blank(proof: Proof) -> Iterator[Found]:
    """Every reader of the list: whose value is empty for a field that has no default."""
    bare = {slot.field for slot in _slots(proof) if not slot.default}
    tally = _tally(proof)
    for name in sorted(bare):
        if having := tally.having(_Fault.BLANK, name):
            yield Found(f"{having} no {name}, and there is no default.", _first_use(proof, name))


@rules.rule(
    "merge-default",
    Severity.NOTE,
    "Some readers would see a default",
    why="It is good to know how many before it goes out.",
    mend="Nothing has to be done.",
)
def merge_default(proof: Proof) -> Iterator[Found]:
    """Every reader of the list: whose value is empty for a field that has a default."""
    defaults = {slot.field: slot.default for slot in _slots(proof) if slot.default}
    tally = _tally(proof)
    for name, default in sorted(defaults.items()):
        if having := tally.having(_Fault.BLANK, name):
            yield Found(f"{having} no {name} and see “{default}”.", _first_use(proof, name))


@rules.rule(
    "merge-strange",
    Severity.WARNING,
    "A reader's value looks wrong",
    why="A column that slipped, or a form that a machine filled in, ends up in the first line of a letter.",
    mend="Look at the rows: `dispatch lists check NAME`; mend the file.",
)
def merge_strange(proof: Proof) -> Iterator[Found]:
    """Every reader of the list: values of more than 60 characters, or with a web address or markup in them."""
    tally = _tally(proof)
    for name in sorted({slot.field for slot in _slots(proof)}):
        place = _first_use(proof, name)
        if having := tally.having(_Fault.LONG, name):
            yield Found(f"{having} a {name} of more than {_LONG} characters.", place)
        if having := tally.having(_Fault.MARKED, name):
            yield Found(f"{having} a {name} with an address or markup in it.", place)


def _slots(proof: Proof) -> Iterator[Slot]:
    """The slots that readers' own fields fill, in every variant."""
    for variant in proof.rendered.variants.values():
        for pieces in (variant.html, variant.text, variant.subject):
            yield from _own(pieces)


def _own(pieces: Pieces) -> Iterator[Slot]:
    return (piece for piece in pieces if isinstance(piece, Slot) and not piece.field.startswith("@"))


def _tally(proof: Proof) -> _Tally:
    """Go through the readers once for all rules."""
    return proof.once("merge", lambda: _count(proof))


def _count(proof: Proof) -> _Tally:
    tally = _Tally()
    names = {slot.field for slot in _slots(proof)}
    if proof.audience is None or not names:
        return tally
    for reader in proof.audience.readers():
        tally.readers += 1
        _take(tally, names, reader)
    return tally


def _take(tally: _Tally, names: set[str], reader: Mapping[str, str]) -> None:
    for name in names:
        if fault := _fault(reader.get(name, "")):
            tally.counts[fault, name] += 1
            tally.first.setdefault((fault, name), reader["email"])


def _fault(value: str) -> _Fault | None:
    if not value.strip():
        return _Fault.BLANK
    if len(value) > _LONG:
        return _Fault.LONG
    return _Fault.MARKED if "://" in value or "<" in value or "{{" in value else None
